import { type Socket, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { statusOfWhole } from './answer-status.ts';

/** The answers of one phase, in order of arrival. Times are in milliseconds. */
export interface Answers {
  sent: number;
  /** Requests that were due when all connections were waiting for an answer: their senders wait, and these are never sent. */
  unsent: number;
  status: number[];
  /** When the request was due, since the phase began. A late sender does not make an answer look faster. */
  dueMs: number[];
  latencyMs: number[];
}

interface Line {
  /** Opened when it is first needed, and again when the server has closed it. */
  socket: Socket | undefined;
  /** What was sent on it and is not answered yet. */
  pending: { dueMs: number; answers: Answers; startMs: number } | undefined;
  /** The beginning of an answer whose end has not come yet. */
  rest: string;
}

const tickMs = 5;

/**
 * Sends prepared requests on kept-alive connections and reads no more of an answer than its status and length, so that it takes little of the
 * processors that it shares with the server.
 */
export class Driver {
  readonly #url: URL;
  readonly #requests: Buffer[];
  readonly #lines: Line[];
  #idle: Line[];
  #sent = 0;
  /** Called with a connection whose answers have all come. */
  #onIdle = (line: Line): void => void this.#idle.push(line);

  constructor(url: string, connections: number, requests: Buffer[]) {
    this.#url = new URL(url);
    this.#requests = requests;
    this.#lines = Array.from({ length: connections }, () => ({ socket: undefined, pending: undefined, rest: '' }));
    this.#idle = [...this.#lines];
  }

  close(): void {
    for (const { socket } of this.#lines) socket?.destroy();
  }

  /** So many senders at once, each of whom waits for the answer before the next request. */
  async closedLoop(senders: number, seconds: number): Promise<Answers> {
    const [answers, startMs] = [newAnswers(), performance.now()];
    const parked = this.#onIdle;
    const send = (line: Line) => this.#send(line, answers, startMs, performance.now() - startMs);
    this.#onIdle = (line) => (performance.now() - startMs < seconds * 1_000 ? send(line) : parked(line));
    for (const line of this.#idle.splice(0, senders)) send(line);
    await sleep(seconds * 1_000);
    await this.answered(answers);
    this.#onIdle = parked;
    return answers;
  }

  /** At a fixed rate, whatever comes back, one request at a time on a connection. Ends when the last request is sent; `answered` waits for what is still out. */
  async openLoop(perSecond: number, seconds: number): Promise<Answers> {
    const [answers, startMs] = [newAnswers(), performance.now()];
    const total = Math.round(perSecond * seconds);
    for (let n = 0; n < total; ) {
      const due = Math.min(total, ((performance.now() - startMs) / 1_000) * perSecond);
      for (; n < due; n += 1) {
        const line = this.#idle.pop();
        if (line) this.#send(line, answers, startMs, (n / perSecond) * 1_000);
        else answers.unsent += 1;
      }
      await sleep(tickMs);
    }
    return answers;
  }

  /** Waits for the answers to all that was sent; gives how many never came. */
  async answered(answers: Answers, withinMs = 30_000): Promise<number> {
    for (const endMs = performance.now() + withinMs; answers.status.length < answers.sent && performance.now() < endMs; ) await sleep(tickMs);
    return answers.sent - answers.status.length;
  }

  #send(line: Line, answers: Answers, startMs: number, dueMs: number): void {
    line.pending = { dueMs, answers, startMs };
    answers.sent += 1;
    this.#sent += 1;
    line.socket ??= this.#connect(line);
    line.socket.write(this.#requests[this.#sent % this.#requests.length]!);
  }

  #connect(line: Line): Socket {
    const socket = connect(Number(this.#url.port), this.#url.hostname).setNoDelay(true).setEncoding('latin1');
    socket.on('data', (text) => this.#read(line, String(text)));
    // What was under way on it stays unanswered, and is counted as such.
    socket.on('error', () => {});
    socket.on('close', () => {
      line.socket = undefined;
      line.rest = '';
      if (line.pending) this.#onIdle(line);
      line.pending = undefined;
    });
    return socket;
  }

  #read(line: Line, text: string): void {
    line.rest += text;
    const status = line.pending && statusOfWhole(line.rest);
    if (!line.pending || status === undefined) return;
    const { dueMs, answers, startMs } = line.pending;
    answers.status.push(status);
    answers.dueMs.push(dueMs);
    answers.latencyMs.push(performance.now() - startMs - dueMs);
    line.rest = '';
    line.pending = undefined;
    this.#onIdle(line);
  }
}

function newAnswers(): Answers {
  return { sent: 0, unsent: 0, status: [], dueMs: [], latencyMs: [] };
}
