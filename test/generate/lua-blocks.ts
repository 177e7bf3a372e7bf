// Argo CD's Lua has no `require`, and each kind's health check is one text. What they share is kept once, in
// manifests/argocd/lua, and refilled where it is marked:
//
//   -- copied from lua/seen.lua
//   ...
//   -- end of copy
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const BLOCK = /^-- copied from (\S+)\n(?:.*\n)*?-- end of copy\n/gm;
const folder = resolve(import.meta.dirname, '../../manifests/argocd');

/** Fills every marked block of `text` from `sources`, which are Lua texts by path. */
export function fillLua(text: string, sources: ReadonlyMap<string, string>): string {
  return text.replace(BLOCK, (_block, path: string) => {
    const source = sources.get(path);
    if (source === undefined) throw new Error(`copying ${path}: no such file in manifests/argocd`);
    return `-- copied from ${path}\n${source}-- end of copy\n`;
  });
}

/** Refills all health checks. */
export async function fillHealthChecks(): Promise<void> {
  const names = (await readdir(join(folder, 'lua'))).map((file) => `lua/${file}`);
  const texts = names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const);
  const sources = new Map(await Promise.all(texts));
  for (const path of await readdir(folder, { recursive: true })) {
    if (!path.endsWith('/health.lua')) continue;
    const text = await readFile(join(folder, path), 'utf8');
    await writeFile(join(folder, path), fillLua(text, sources));
  }
}
