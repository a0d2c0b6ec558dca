import type { CustomTypesConfig, PoolClient, Query, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { assertInvariant } from '../../domain/refusal.ts';
import { type Callback, type DriverConnection, DriverQuery } from './driver-query.ts';

/** What takes a statement: a connection, which sends it at once, or a packet that is being filled. */
export interface Statements {
  // The driver's own default, so that a connection is one of these.
  // oxlint-disable-next-line typescript/no-explicit-any
  query<Row extends QueryResultRow = any>(statement: QueryConfig | string, values?: unknown[]): Promise<QueryResult<Row>>;
}

/** One of several statements that are answered together; a plain text would be answered by itself. */
class PacketStatement extends DriverQuery {
  override readonly queryMode = 'extended';
}

/** A statement that copies rows into a table. The rows follow it in the packet, so nobody waits until the database asks for them. */
class Copy extends PacketStatement {
  readonly #rows: Buffer;

  constructor(statement: { name: string; text: string }, rows: Buffer, callback: Callback) {
    super(statement, callback);
    this.#rows = rows;
  }

  override submit(connection: DriverConnection): Error | null {
    const wrong = super.submit(connection);
    connection.sendCopyFromChunk(this.#rows);
    connection.endCopyFrom();
    return wrong;
  }
}

/**
 * Several statements that are one query to the driver. They leave in one packet, and the database answers them together: as the driver has
 * it, each is confirmed by itself, in a packet that wakes this process, and costs both sides as much as a small statement does.
 *
 * The database skips what follows a statement that fails: that one and all after it reject with its error.
 */
export class Packet extends DriverQuery implements Statements {
  readonly #statements: PacketStatement[] = [];
  readonly #types: CustomTypesConfig;
  #answered = 0;

  constructor(types: CustomTypesConfig) {
    super({ text: '' }, () => {});
    this.#types = types;
  }

  get isEmpty(): boolean {
    return this.#statements.length === 0;
  }

  query<Row extends QueryResultRow>(statement: QueryConfig | string, values?: unknown[]): Promise<QueryResult<Row>> {
    return new Promise((resolve, reject) => {
      const config = typeof statement === 'string' ? { text: statement, ...(values && { values }) } : statement;
      const settle: Callback = (error, result) => (error ? reject(error) : resolve(result as QueryResult<Row>));
      this.#statements.push(new PacketStatement(config, settle, this.#types));
    });
  }

  /** Takes `COPY … FROM STDIN`, and the rows as it reads them. */
  copy(statement: { name: string; text: string }, rows: Buffer): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#statements.push(new Copy(statement, rows, (error, result) => (error ? reject(error) : resolve(result))));
    });
  }

  override submit(connection: DriverConnection): null {
    const withoutSync = Object.create(connection, {
      sync: { value: () => {} },
      // Done to a statement whose values cannot be written: the answers would then belong to other statements.
      close: { value: () => connection.stream.destroy() },
    }) as DriverConnection;
    for (const statement of this.#statements) {
      const wrong = statement.submit(withoutSync);
      assertInvariant(wrong === null, wrong?.message ?? '');
    }
    connection.sync();
    this.#showCurrent();
    return null;
  }

  override handleRowDescription(message: unknown): void {
    this.#current?.handleRowDescription(message);
  }

  override handleDataRow(message: unknown): void {
    this.#current?.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: DriverConnection): void {
    this.#current?.handleCommandComplete(message, connection);
    this.#answered += 1;
    this.#showCurrent();
  }

  /** The database asks for rows that are on their way. */
  handleCopyInResponse(): void {}

  override handleReadyForQuery(connection: DriverConnection): void {
    for (const statement of this.#statements) statement.handleReadyForQuery(connection);
    super.handleReadyForQuery(connection);
  }

  override handleError(error: Error, connection: DriverConnection): void {
    this.#statements.forEach((statement, index) => {
      if (index < this.#answered) return statement.handleReadyForQuery(connection);
      // It may have been skipped, so that it is yet to be prepared.
      if (statement.name !== undefined) delete connection.submittedNamedStatements[statement.name];
      statement.handleError(error, connection);
    });
    super.handleError(error, connection);
  }

  get #current(): DriverQuery | undefined {
    return this.#statements[this.#answered];
  }

  /** The client remembers by the name of its current query what is prepared. */
  #showCurrent(): void {
    this.name = this.#current?.name;
    this.text = this.#current?.text;
  }
}

/**
 * Sends the statements that `fill` gives the packet. A packet is written at once: each write is a call of the system and wakes the
 * database.
 */
export function inOnePacket<T>(client: PoolClient, fill: (packet: Packet) => T): T {
  const packet = new Packet({ getTypeParser: (oid, format) => client.getTypeParser(oid, format) });
  const filled = fill(packet);
  if (packet.isEmpty) return filled;
  const { stream } = (client as PoolClient & { connection: DriverConnection }).connection;
  stream.cork();
  try {
    client.query(packet as unknown as Query);
  } finally {
    stream.uncork();
  }
  return filled;
}
