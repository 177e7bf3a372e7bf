// TRL with the trainer's packages, in an environment of its own: nothing but the comparison needs TRL, and what it brings
// (datasets, pandas, pyarrow, accelerate) is nothing that the trainer's tests should be able to import.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../../tools/lock.ts';
import { findPython, findUv, installPackages } from '../../tools/python/packages.ts';
import {
  benchRequirementsFile,
  environmentFolder,
  environmentIn,
  isComplete,
  markerOf,
  pythonRoot,
} from '../../tools/python/paths.ts';

/** The Python to run with; installs it on first use. */
export async function benchEnvironment(): Promise<string> {
  const folder = await environmentFolder(benchRequirementsFile);
  await withLock(
    join(pythonRoot(), 'lock'),
    () => console.log('python: waiting for another process that is installing it'),
    async () => {
      if (!(await isComplete(folder))) await install(folder);
    },
  );
  return environmentIn(folder).python;
}

async function install(folder: string): Promise<void> {
  console.log(`python: installing TRL beside the trainer's packages into ${folder} (once)`);
  await rm(folder, { recursive: true, force: true });
  const python = await findPython();
  await installPackages(await findUv(python, join(pythonRoot(), 'uv')), python, folder, benchRequirementsFile);
  await writeFile(markerOf(folder), '');
}
