// A bare repository on this machine, for whoever deploys from Git.
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const branch = 'main';

/** By path: the objects of a file, or null for a file that is to go. */
export type Change = Readonly<Record<string, readonly object[] | null>>;

export class GitRepository {
  readonly url: string;
  readonly #work: string;

  private constructor(url: string, work: string) {
    this.url = url;
    this.#work = work;
  }

  static async create(dir: string): Promise<GitRepository> {
    const [bare, work] = [join(dir, 'models.git'), join(dir, 'work')];
    await mkdir(work, { recursive: true });
    await git(dir, 'init', '--quiet', '--bare', `--initial-branch=${branch}`, bare);
    await git(work, 'init', '--quiet', `--initial-branch=${branch}`);
    await git(work, 'remote', 'add', 'origin', bare);
    return new GitRepository(pathToFileURL(bare).href, work);
  }

  /** Commits and pushes; returns the revision. */
  async commit(message: string, change: Change): Promise<string> {
    for (const [path, objects] of Object.entries(change)) await this.#put(join(this.#work, path), objects);
    await git(this.#work, 'add', '--all');
    await git(this.#work, 'commit', '--quiet', '--message', message);
    await git(this.#work, 'push', '--quiet', 'origin', branch);
    return await git(this.#work, 'rev-parse', 'HEAD');
  }

  async #put(file: string, objects: readonly object[] | null): Promise<void> {
    if (objects === null) return await rm(file);
    await mkdir(dirname(file), { recursive: true });
    // JSON is YAML.
    await writeFile(file, objects.map((object) => JSON.stringify(object, undefined, 2)).join('\n---\n'));
  }
}

/** Blind to the caller's own settings. */
async function git(cwd: string, ...args: readonly string[]): Promise<string> {
  const [name, email] = ['Team', 'team@example.com'];
  const env = {
    PATH: process.env['PATH'],
    HOME: cwd,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
  return (await promisify(execFile)('git', [...args], { cwd, env })).stdout.trim();
}
