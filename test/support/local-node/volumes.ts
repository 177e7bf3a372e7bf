import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { isStatus } from './api-client.ts';
import { expand } from './env.ts';
import type { PathMapping } from './rewrite.ts';
import type { Container, PersistentVolume, PersistentVolumeClaim, Volume } from './types.ts';
import { type FileContext, type Files, filesOf, MissingSource } from './volume-files.ts';

/** The volumes of one pod, realised as directories of this machine. */
export class PodVolumes {
  readonly #root: string;
  readonly #context: () => FileContext;
  readonly #places = new Map<string, string>();

  constructor(root: string, context: () => FileContext) {
    this.#root = root;
    this.#context = context;
  }

  /** Creates or updates every volume; throws `MissingSource` while something that one needs does not exist. */
  async mount(): Promise<void> {
    for (const volume of this.#context().pod.spec?.volumes ?? []) {
      this.#places.set(volume.name, await this.#realise(volume));
    }
  }

  /** The paths that a container sees, with `$(NAME)` in a `subPathExpr` read from its environment. */
  async mappings(container: Container, env: Record<string, string>): Promise<PathMapping[]> {
    const mappings: PathMapping[] = [];
    for (const mount of container.volumeMounts ?? []) {
      const place = this.#places.get(mount.name);
      if (place === undefined) throw new MissingSource(`volume "${mount.name}" is not mounted`);
      const subPath = mount.subPathExpr ? expand(mount.subPathExpr, env) : (mount.subPath ?? '');
      const to = subPath ? inside(place, subPath) : place;
      if (subPath && !(await exists(to))) await mkdir(to, { recursive: true });
      mappings.push({ from: mount.mountPath.replace(/(?<=.)\/+$/, ''), to });
    }
    return mappings;
  }

  async #realise(volume: Volume): Promise<string> {
    if (volume.hostPath) return hostDirectory(volume.hostPath);
    if (volume.persistentVolumeClaim) return this.#claimed(volume.persistentVolumeClaim.claimName);
    const place = join(this.#root, volume.name);
    await mkdir(place, { recursive: true });
    const files = await filesOf(volume, this.#context());
    if (files) await writeFiles(place, files);
    else if (!volume.emptyDir)
      throw new MissingSource(`volume "${volume.name}" is of a kind that the local node does not know`);
    return place;
  }

  async #claimed(claimName: string): Promise<string> {
    const { api, pod } = this.#context();
    try {
      const claim = await api.get<PersistentVolumeClaim>(
        `/api/v1/namespaces/${pod.metadata?.namespace}/persistentvolumeclaims/${claimName}`,
      );
      const volumeName = claim.status?.phase === 'Bound' ? claim.spec?.volumeName : undefined;
      if (!volumeName) throw new MissingSource(`persistentvolumeclaim "${claimName}" is not bound`);
      const { spec } = await api.get<PersistentVolume>(`/api/v1/persistentvolumes/${volumeName}`);
      if (spec?.hostPath) return hostDirectory({ ...spec.hostPath, type: 'DirectoryOrCreate' });
      if (spec?.local) return spec.local.path;
      throw new MissingSource(`persistentvolume "${volumeName}" is neither hostPath nor local`);
    } catch (error) {
      if (isStatus(error, 404)) throw new MissingSource(`persistentvolumeclaim "${claimName}" not found`);
      throw error;
    }
  }
}

async function hostDirectory({ path, type }: { path: string; type?: string }): Promise<string> {
  if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true });
  else if (type && !(await exists(path))) throw new MissingSource(`hostPath type check failed: ${path} is not there`);
  return path;
}

/** `path` below `root`; refuses what would lead out of it. */
function inside(root: string, path: string): string {
  const clean = normalize(path);
  if (clean.startsWith('..') || clean.startsWith('/'))
    throw new Error(`resolving "${path}": it leads out of its volume`);
  return join(root, clean);
}

async function exists(path: string): Promise<boolean> {
  return readdir(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'ENOTDIR',
  );
}

/** Makes a directory hold exactly these files; a reader sees each one old or new, never half written. */
async function writeFiles(place: string, files: Files): Promise<void> {
  for (const [path, content] of files) {
    const target = inside(place, path);
    const current = await readFile(target).catch(() => undefined);
    if (current?.equals(content)) continue;
    await mkdir(dirname(target), { recursive: true });
    const temporary = `${target}.new`;
    await writeFile(temporary, content);
    await rename(temporary, target);
  }
  for (const entry of await readdir(place, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !files.has(path.slice(place.length + 1))) await rm(path);
  }
}
