import { readFile } from 'node:fs/promises';
import { type LocalNodeOptions, startLocalNode } from './local-node.ts';

/** Runs a local node until it is told to stop: its only argument is a JSON file with its options, `log` apart. */
async function main(path: string | undefined): Promise<void> {
  if (path === undefined) throw new Error('starting the local node: give the path of its configuration');
  const options: Omit<LocalNodeOptions, 'log'> = JSON.parse(await readFile(path, 'utf8'));
  const node = await startLocalNode({
    ...options,
    log: (message) => console.error(`${new Date().toISOString()} ${message}`),
  });
  console.log('ready');
  const stop = () => void node.stop().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

await main(process.argv[2]);
