// Lints the trainer and checks its format, or formats it: node test/tools/python/ruff.ts [format]
//
// `make lint` needs no PyTorch, so ruff has an environment of its own, 12 MB, named by its pinned version and digests.
import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from '../lock.ts';
import { findPython, findUv, InstallError, installPackages } from './packages.ts';
import { environmentFolder, environmentIn, isComplete, markerOf, pythonRoot } from './paths.ts';

const requirements = fileURLToPath(new URL('../../../trainer-image/requirements/lint.txt', import.meta.url));
const checked = fileURLToPath(new URL('../../../trainer-image', import.meta.url));

try {
  const folder = await environmentFolder(requirements);
  await withLock(
    join(pythonRoot(), 'lint-lock'),
    () => console.log('ruff: waiting for another process that is installing it'),
    async () => {
      if (!(await isComplete(folder))) await install(folder);
    },
  );
  const ruff = join(environmentIn(folder).bin, 'ruff');
  // Both, so that one run tells everything.
  const commands = process.argv[2] === 'format' ? [['format']] : [['check'], ['format', '--check']];
  const failed = commands.filter(
    (args) => spawnSync(ruff, [...args, '--quiet', '--no-cache', checked], { stdio: 'inherit' }).status !== 0,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof InstallError)) throw error;
  console.error(`ruff: ${error.message}`);
  process.exitCode = 1;
}

async function install(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const python = await findPython();
  await installPackages(await findUv(python, join(pythonRoot(), 'uv')), python, folder, requirements);
  await writeFile(markerOf(folder), '');
}
