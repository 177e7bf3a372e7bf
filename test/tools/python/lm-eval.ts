// Holds our scoring of benchmarks against lm-evaluation-harness itself: node test/tools/python/lm-eval.ts
//
// The package and the few modules that its filters import (75 MB) go into a folder of their own, pinned by version and digest.
// With all it depends on it would add 37 packages to everybody's environment, for one table of a test.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from '../lock.ts';
import { findPython, findUv, installBeside } from './packages.ts';
import { isComplete, markerOf, pythonEnv, pythonRoot, trainerSource } from './paths.ts';

const requirements = fileURLToPath(new URL('../../../trainer-image/requirements/lm-eval.txt', import.meta.url));
const tests = fileURLToPath(new URL('../../../trainer-image/tests/test_benchmarks.py', import.meta.url));

const { python } = await pythonEnv();
const hash = createHash('sha256')
  .update(await readFile(requirements))
  .digest('hex');
const folder = join(pythonRoot(), `lm-eval-${hash.slice(0, 16)}`);
await withLock(
  join(pythonRoot(), 'lm-eval-lock'),
  () => console.log('lm-eval: waiting for another process that is installing it'),
  async () => {
    if (!(await isComplete(folder))) await install();
  },
);
const env = { ...process.env, PYTHONPATH: [trainerSource, folder].join(delimiter) };
const { status } = spawnSync(python, ['-m', 'pytest', tests, ...process.argv.slice(2)], { stdio: 'inherit', env });
process.exit(status ?? 1);

async function install(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const uv = await findUv(await findPython(), join(pythonRoot(), 'uv'));
  await installBeside(uv, python, requirements, folder);
  await writeFile(markerOf(folder), '');
}
