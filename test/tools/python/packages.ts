// The steps of an installation, each a command; output goes to the terminal, because downloads take minutes.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const uvVersion = '0.13.9';
const oldestMinor = 11;
const newestMinor = 14;

/** Something the user has to put right; its message says what. */
export class InstallError extends Error {}

/** A Python that all pinned packages have wheels for. */
export async function findPython(): Promise<string> {
  const candidates = ['python3', ...range(oldestMinor, newestMinor).map((minor) => `python3.${minor}`)];
  for (const candidate of candidates) {
    const minor = await minorVersion(candidate);
    if (minor >= oldestMinor && minor <= newestMinor) return candidate;
  }
  throw new InstallError(
    `Python 3.${oldestMinor} to 3.${newestMinor} is needed and none is on the PATH; install one, with its venv module`,
  );
}

/** uv from the PATH, or one of our own beside the environments. */
export async function findUv(python: string, folder: string): Promise<string> {
  if (await succeeds('uv', ['--version'])) return 'uv';
  const uv = join(folder, 'bin', 'uv');
  const isThere = await access(uv).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await shown(python, ['-m', 'venv', '--clear', folder]);
    await shown(join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', `uv==${uvVersion}`]);
  }
  return uv;
}

/** Installs exactly the packages that `requirements` pins, checking every digest. */
export async function installPackages(uv: string, python: string, folder: string, requirements: string): Promise<void> {
  await shown(uv, ['venv', '--quiet', '--python', python, folder]);
  const target = join(folder, 'bin', 'python');
  await shown(uv, ['pip', 'sync', '--quiet', '--require-hashes', '--python', target, requirements]);
}

/** Puts a few pinned packages, without what they depend on, into a folder beside an environment. */
export async function installBeside(uv: string, python: string, requirements: string, folder: string): Promise<void> {
  const options = ['--quiet', '--require-hashes', '--no-deps', '--python', python, '--target', folder];
  await shown(uv, ['pip', 'install', ...options, '--requirements', requirements]);
}

export async function sitePackages(python: string): Promise<string> {
  const { stdout } = await run(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
  return stdout.trim();
}

async function minorVersion(python: string): Promise<number> {
  const program = 'import sys; print(sys.version_info.minor if sys.version_info.major == 3 else -1)';
  return await run(python, ['-c', program]).then(
    ({ stdout }) => Number(stdout),
    () => -1,
  );
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return await run(command, [...args]).then(
    () => true,
    () => false,
  );
}

async function shown(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new InstallError(`"${command} ${args.join(' ')}" ended with ${String(code)}`);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
