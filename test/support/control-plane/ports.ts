// Ports that nobody listens on.
import { createServer } from 'node:net';

// Below every system's range for outgoing connections: a port from there could become the source of
// some connection between our looking and the component's binding, and an apiserver that restarts
// must get the same port again.
const lowest = 10_000;
const highest = 30_000;
const maxTries = 100;

/** That many distinct free ports of 127.0.0.1; somebody may still take one before it is used. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries === maxTries) throw new Error(`no ${count} free ports after ${maxTries} tries`);
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
