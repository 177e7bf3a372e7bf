import type { Server } from 'node:net';

/** Starts listening on a free loopback port and says which one it is. */
export async function listenOnLoopback(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('listening on loopback: the server has no port');
  return address.port;
}
