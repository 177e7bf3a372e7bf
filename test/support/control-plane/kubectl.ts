// Running kubectl as the admin.
import { spawn } from 'node:child_process';
import { toolPath } from '../../tools/paths.ts';

/** Where kubectl looks, and where it may write its caches. */
export interface KubectlHome {
  readonly dir: string;
  readonly kubeconfig: string;
}

/** Runs kubectl and returns its stdout. Throws with its stderr if it fails. */
export async function runKubectl(home: KubectlHome, args: readonly string[], stdin = ''): Promise<string> {
  const child = spawn(await toolPath('kubectl'), [`--kubeconfig=${home.kubeconfig}`, ...args], {
    cwd: process.cwd(),
    stdio: 'pipe',
    env: { PATH: process.env['PATH'], HOME: home.dir }, // discovery caches of another cluster on this port would mislead it
  });
  const output = Promise.all([readAll(child.stdout), readAll(child.stderr)]);
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject).once('close', (code, signal) => resolve(code ?? signal ?? 'no exit code'));
  });
  child.stdin.on('error', () => undefined).end(stdin); // it may end without reading
  const [code, [stdout, stderr]] = await Promise.all([ended, output]);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ended with ${code}: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  stream.setEncoding('utf8');
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
