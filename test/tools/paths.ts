// Where the binaries are. Looked for in two places:
//   1. $KUBEBUILDER_ASSETS, the folder other Kubernetes projects' tests use, for any binary it
//      holds (its version is then the caller's choice);
//   2. <user's cache>/stratos/tools/<key>/bin, filled by `make tools` (install.ts).
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readPin, type Tool } from './pins.ts';

/** Root of the tools' cache; shared by all checkouts of one user. */
export function cacheRoot(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'stratos', 'tools');
}

/** Where `make tools` puts a tool, whether or not it is there yet. */
export function cachedPath(tool: Tool): string {
  return join(cacheRoot(), tool.key, 'bin', tool.name);
}

/** Where the files of its module are that are kept. */
export function filesPath(tool: Tool): string {
  return join(cacheRoot(), tool.key, 'files');
}

/** Path of a tool that is there, or undefined. */
export async function findTool(tool: Tool): Promise<string | undefined> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const candidates = [...(assets ? [join(assets, tool.name)] : []), cachedPath(tool)];
  for (const path of candidates) if (await isExecutable(path)) return path;
  return undefined;
}

/** Path of a tool's executable. Throws, saying how to get it, when it is not there. */
export async function toolPath(name: string): Promise<string> {
  const path = await findTool(await readPin(name));
  if (path === undefined)
    throw new Error(`${name} is not there: run "node test/tools/install.ts ${name}" (once; minutes the first time)`);
  return path;
}

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
