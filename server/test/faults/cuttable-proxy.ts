import { once } from 'node:events';
import { type Server, type Socket, connect, createServer } from 'node:net';

/** A wire between the server and its database that can be cut and mended. */
export interface CuttableProxy {
  url: string;
  /** Breaks every connection and takes no new one. */
  cut: () => Promise<void>;
  mend: () => Promise<void>;
}

export async function proxyTo(databaseUrl: string): Promise<CuttableProxy> {
  const target = new URL(databaseUrl);
  const url = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let server: Server | undefined;

  function join(client: Socket): void {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(from);
      from.on('data', (data) => to.write(data));
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
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
  };
}
