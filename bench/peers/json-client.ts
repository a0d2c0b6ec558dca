import { Agent, request } from 'node:http';

export interface Answer {
  status: number;
  // Each shop answers in its own way; its adapter knows what to look for.
  body: Record<string, unknown>;
}

export interface JsonClient {
  calls: () => number;
  post: (path: string, headers: Record<string, string>, body?: object) => Promise<Answer>;
}

/** Posts JSON over connections that are kept, one for each request at once, and counts the requests. */
export function jsonClient(origin: string): JsonClient {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  const { hostname, port } = new URL(origin);
  let calls = 0;
  return {
    calls: () => calls,
    post: (path, headers, body) =>
      new Promise((resolve, reject) => {
        calls += 1;
        const text = body === undefined ? '' : JSON.stringify(body);
        const sent = request(
          { agent, hostname, port, path, method: 'POST', headers: { ...headers, ...(body && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }) } },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.once('error', reject);
            response.once('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) }));
          },
        );
        sent.once('error', reject);
        sent.end(text);
      }),
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text };
  }
}

/** For an answer that is neither a purchase nor a refusal. */
export function unexpected({ status, body }: Answer): Error {
  return new Error(`${status} ${JSON.stringify(body).slice(0, 160)}`);
}
