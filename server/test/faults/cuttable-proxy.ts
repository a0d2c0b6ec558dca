import { once } from 'node:events';
import { type Server, type Socket, connect, createServer } from 'node:net';

/** A wire between the server and its database that can be cut and mended. */
export interface CuttableProxy {
  url: string;
  /** Breaks every connection and takes no new one. */
  cut: () => Promise<void>;
  mend: () => Promise<void>;
  /** From now on nothing passes, on old connections and new ones, and nobody is told; what passes after `unmute` is what came after it. */
  mute: () => void;
  unmute: () => void;
  /**
   * Breaks the connection on which the text passes next. A request is kept from the database, unless it shall still be passed on: the
   * database then does not learn that nobody listens. Resolves when it has happened.
   */
  breakAt: (passing: 'request' | 'passed request' | 'answer', text: string) => Promise<void>;
}

export async function proxyTo(databaseUrl: string): Promise<CuttableProxy> {
  const target = new URL(databaseUrl);
  const url = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  /** Connections to the database that outlive their other end. */
  const left = new Set<Socket>();
  let server: Server | undefined;
  let muted = false;
  let trap: { passing: string; text: string; sprung: () => void } | undefined;

  /** Gives whether the data may pass. */
  function passes(data: Buffer, direction: 'request' | 'answer', client: Socket, upstream: Socket): boolean {
    if (muted) return false;
    if (!trap?.passing.endsWith(direction) || !data.includes(trap.text)) return true;
    const { passing, sprung } = trap;
    trap = undefined;
    client.resetAndDestroy();
    if (passing === 'passed request') left.add(upstream);
    else upstream.destroy();
    sprung();
    return passing === 'passed request';
  }

  function join(client: Socket): void {
    const upstream = connect(Number(target.port), target.hostname);
    const directions = [[client, upstream, 'request'], [upstream, client, 'answer']] as const;
    for (const [from, to, direction] of directions) {
      sockets.add(from);
      from.on('data', (data) => passes(data, direction, client, upstream) && to.write(data));
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        if (!left.has(to)) to.destroy();
      });
    }
  }

  async function mend(): Promise<void> {
    server = createServer(join).listen(Number(url.port || 0), '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address) url.port = String(address.port);
  }

  url.port = '';
  await mend();
  return {
    url: url.href,
    async cut() {
      const closed = server && once(server, 'close');
      server?.close();
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
    mend,
    mute: () => (muted = true),
    unmute: () => (muted = false),
    breakAt: (passing, text) => new Promise((sprung) => (trap = { passing, text, sprung })),
  };
}
