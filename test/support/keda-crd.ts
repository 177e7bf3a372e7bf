// KEDA's own CRD, out of its Go module: pinned and checked as the tools are, and nothing of KEDA runs.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';

const moduleDir = resolve(import.meta.dirname, '../tools/keda');

/** The definition of ScaledObjects as that version of KEDA installs it. */
export async function scaledObjectDefinition(): Promise<object> {
  const env = { ...process.env, GOWORK: 'off', GOFLAGS: '-mod=mod' };
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', 'github.com/kedacore/keda/v2'], {
    cwd: moduleDir,
    env,
  });
  const { Dir: dir } = JSON.parse(stdout) as { Dir: string };
  return parse(await readFile(join(dir, 'config/crd/bases/keda.sh_scaledobjects.yaml'), 'utf8')) as object;
}
