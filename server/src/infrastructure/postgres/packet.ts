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

/**
 * A statement that copies rows into a table. The rows follow it in the packet, so nobody waits until the database asks for them. What is
 * before them leaves first, and they leave as soon as they are made: the database is at work while the next ones are being made.
 */
class Copy extends PacketStatement {
  readonly #makeRows: () => Buffer;

  constructor(statement: { name: string; text: string }, makeRows: () => Buffer, callback: Callback) {
    super(statement, callback);
    this.#makeRows = makeRows;
  }

  override submit(connection: DriverConnection): Error | null {
    sendWritten(connection);
    const rows = this.#makeRows();
    const wrong = super.submit(connection);
    connection.sendCopyFromChunk(rows);
    connection.endCopyFrom();
    sendWritten(connection);
    return wrong;
  }
}

/** What has been written so far leaves; what follows is held back again. */
function sendWritten({ stream }: DriverConnection): void {
  stream.uncork();
  stream.cork();
}

/**
 * Several statements that are one query to the driver. They leave and are answered together: as the driver has it, each is confirmed by
 * itself, in a packet that wakes this process, and costs both sides as much as a small statement does.
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

  /** Takes `COPY … FROM STDIN`, and what makes the rows as it reads them. */
  copy(statement: { name: string; text: string }, makeRows: () => Buffer): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#statements.push(new Copy(statement, makeRows, (error, result) => (error ? reject(error) : resolve(result))));
    });
  }

  /** Written at once, but for rows that are copied: each write is a call of the system and wakes the database. */
  override submit(connection: DriverConnection): null {
    const { stream } = connection;
    stream.cork();
    try {
      this.#submitAll(connection);
    } catch (error) {
      // What has left cannot be taken back: the database gives it up with the connection.
      stream.destroy();
      this.handleError(error as Error, connection);
    } finally {
      stream.uncork();
    }
    return null;
  }

  #submitAll(connection: DriverConnection): void {
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

/** Sends the statements that `fill` gives the packet. Where one of them cannot be written, all reject and the connection is lost. */
export function inOnePacket<T>(client: PoolClient, fill: (packet: Packet) => T): T {
  const packet = new Packet({ getTypeParser: (oid, format) => client.getTypeParser(oid, format) });
  const filled = fill(packet);
  if (!packet.isEmpty) client.query(packet as unknown as Query);
  return filled;
}
