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
  const send = (path: string, headers: Record<string, string>, text: string) =>
    new Promise<Answer>((resolve, reject) => {
      const sent = request({ agent, hostname, port, path, method: 'POST', headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) }));
      });
      sent.once('error', (error: NodeJS.ErrnoException) => {
        // The server has closed a kept connection for idleness just as it was used again: nothing has been asked of it.
        if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(send(path, headers, text));
        else reject(error);
      });
      sent.end(text);
    });
  return {
    calls: () => calls,
    post: (path, headers, body) => {
      calls += 1;
      const text = body === undefined ? '' : JSON.stringify(body);
      return send(path, body === undefined ? headers : { ...headers, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }, text);
    },
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
