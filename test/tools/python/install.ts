// Makes the Python environment of the tests and the demo: PyTorch, the trainer's libraries and vLLM's CPU build.
//
//   node test/tools/python/install.ts
//
// Every package is pinned by version and digest in trainer-image/requirements/dev.txt. A virtual environment cannot be
// moved, so it is built where it stays and counts as there only once its marker file is.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../lock.ts';
import { findPython, findUv, InstallError, installPackages, sitePackages } from './packages.ts';
import { environmentFolder, environmentIn, isComplete, markerOf, pythonRoot, requirementsFile } from './paths.ts';

// vLLM asks for its own version by the name "vllm"; the CPU build is distributed under another name.
const vllmVersion = '0.32.0+cpu';

try {
  const folder = await environmentFolder();
  if (!(await isComplete(folder))) await installInto(folder);
} catch (error) {
  if (!(error instanceof InstallError)) throw error;
  console.error(`python: ${error.message}`);
  process.exitCode = 1;
}

async function installInto(folder: string): Promise<void> {
  const python = await findPython();
  await withLock(
    join(pythonRoot(), 'lock'),
    () => console.log('python: waiting for another process that is installing it'),
    async () => {
      if (!(await isComplete(folder))) await build(python, folder);
    },
  );
}

async function build(python: string, folder: string): Promise<void> {
  const started = performance.now();
  console.log(`python: installing PyTorch and vLLM into ${folder} (once; 6 GB, about a minute after the download)`);
  await rm(folder, { recursive: true, force: true });
  const uv = await findUv(python, join(pythonRoot(), 'uv'));
  await installPackages(uv, python, folder, requirementsFile);
  await nameVllm(await sitePackages(environmentIn(folder).python));
  await writeFile(markerOf(folder), '');
  console.log(`python: installed in ${Math.round((performance.now() - started) / 1000)} s`);
}

async function nameVllm(site: string): Promise<void> {
  const info = join(site, `vllm-${vllmVersion}.dist-info`);
  await mkdir(info, { recursive: true });
  await writeFile(join(info, 'METADATA'), `Metadata-Version: 2.1\nName: vllm\nVersion: ${vllmVersion}\n`);
}
