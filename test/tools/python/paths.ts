// Where the Python environment is that runs the trainer and vLLM in tests and in the demo.
// `node test/tools/python/install.ts` makes it; here it is only looked up, in a few milliseconds.
import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheRoot } from '../paths.ts';

/** Folder with the trainer's Python package; on PYTHONPATH it makes `python -m stratos_trainer STAGE` work. */
export const trainerSource = fileURLToPath(new URL('../../../trainer-image/src', import.meta.url));

const requirements = new URL('../../../trainer-image/requirements/', import.meta.url);

/** All packages, pinned with their digests: the trainer's, vLLM's and pytest. */
export const requirementsFile = fileURLToPath(new URL('dev.txt', requirements));

/** The trainer's packages and TRL, for `make bench-trainer` alone. */
export const benchRequirementsFile = fileURLToPath(new URL('bench.txt', requirements));

export interface PythonEnvironment {
  readonly python: string;
  /** vLLM's CPU build; needs `vllmVariables` in its environment. */
  readonly vllm: string;
  readonly bin: string;
}

/** What vLLM's CPU build needs to be told; none of it matters on a GPU. */
export const vllmVariables: Readonly<Record<string, string>> = {
  VLLM_TARGET_DEVICE: 'cpu',
  VLLM_CPU_KVCACHE_SPACE: '1',
  VLLM_NO_USAGE_STATS: '1',
  HF_HUB_OFFLINE: '1',
};

/** The environment; throws, saying how to get it, when it is not there. */
export async function pythonEnv(): Promise<PythonEnvironment> {
  const folder = await environmentFolder();
  if (!(await isComplete(folder))) {
    throw new Error(
      'the Python environment is not there: run "node test/tools/python/install.ts" (once; about a minute)',
    );
  }
  return environmentIn(folder);
}

export function environmentIn(folder: string): PythonEnvironment {
  const bin = join(folder, 'bin');
  return { python: join(bin, 'python'), vllm: join(bin, 'vllm'), bin };
}

/** Named by what is installed in it: another set of packages is another folder. */
export async function environmentFolder(file: string = requirementsFile): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  return join(pythonRoot(), hash.slice(0, 16));
}

/** Root of all Python environments of this user. */
export function pythonRoot(): string {
  return join(dirname(cacheRoot()), 'python');
}

/** Written last: an environment without it is one whose installation was interrupted. */
export function markerOf(folder: string): string {
  return join(folder, '.complete');
}

export async function isComplete(folder: string): Promise<boolean> {
  return await access(markerOf(folder)).then(
    () => true,
    () => false,
  );
}
