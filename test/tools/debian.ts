// Programs that Debian packages and that no Go module offers at a reasonable price: promtool for the alerts, Redis for Argo
// CD. They are unpacked into the cache beside the other tools; nothing is installed, no daemon is started, and no root is
// needed unless apt has never read its lists.
import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from './lock.ts';
import { cacheRoot } from './paths.ts';

const execute = promisify(execFile);

interface Recipe {
  /** The one with the program, and libraries that a small system lacks. */
  readonly packages: readonly string[];
  /** In the unpacked tree. */
  readonly path: string;
  /** What the program is a second name of: Debian's package with that name holds a daemon's settings and this link. */
  readonly linkTo?: string;
}

const recipes = {
  promtool: { packages: ['prometheus'], path: 'usr/bin/promtool' },
  'redis-server': {
    packages: ['redis-tools', 'libjemalloc2', 'liblzf1'],
    path: 'usr/bin/redis-server',
    linkTo: 'redis-check-rdb',
  },
} as const satisfies Record<string, Recipe>;

export interface DebianTool {
  readonly path: string;
  /** For the child process. */
  readonly env: Readonly<Record<string, string>>;
}

/** apt is not there, or reaches no mirror: the only reason to do without. */
export class AptUnavailable extends Error {
  override readonly name = 'AptUnavailable';
}

/** The system's own program, or one from the cache, filled on the first call. Throws `AptUnavailable`. */
export async function debianTool(name: keyof typeof recipes): Promise<DebianTool> {
  const installed = await onPath(name);
  if (installed !== undefined) return { path: installed, env: {} };
  const root = join(cacheRoot(), `debian-${name}`);
  const path = join(root, recipes[name].path);
  await withLock(
    `${root}.lock`,
    () => console.log(`waiting for another process that unpacks ${name}`),
    async () => {
      if (!(await isExecutable(path))) await unpack(name, root);
    },
  );
  return { path, env: { LD_LIBRARY_PATH: join(root, libraries) } };
}

async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && (await isExecutable(join(folder, name)))) return join(folder, name);
  }
  return undefined;
}

async function unpack(name: keyof typeof recipes, root: string): Promise<void> {
  const { packages, path, linkTo }: Recipe = recipes[name];
  await mkdir(dirname(root), { recursive: true });
  const dir = await mkdtemp(`${root}-`);
  try {
    const files = await download(name, packages, dir);
    for (const file of files) await execute('dpkg-deb', ['--extract', join(dir, file), join(dir, 'tree')]);
    if (linkTo !== undefined) await symlink(linkTo, join(dir, 'tree', path));
    await rm(root, { recursive: true, force: true });
    await rename(join(dir, 'tree'), root);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The names of the files that now lie in `dir`. */
async function download(name: string, packages: readonly string[], dir: string): Promise<string[]> {
  const get = async () => await execute('apt-get', ['--quiet', 'download', ...packages], { cwd: dir });
  try {
    // Lists that were never read, or that name what the mirror no longer has, are read anew.
    await get().catch(async () => {
      await execute('apt-get', ['--quiet', 'update']);
      await get();
    });
  } catch (cause) {
    const cure = `Install ${name} by other means, so that it is in PATH.`;
    throw new AptUnavailable(`${name} is not in PATH, and apt-get could not download it. ${cure}`, { cause });
  }
  return (await readdir(dir)).filter((file) => file.endsWith('.deb'));
}

/** Debian's name for where the libraries of this machine are. */
const libraries = `usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
