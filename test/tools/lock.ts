// A lock file between processes, so that two `make tools` at once don't both build.
// It only saves time: installs are atomic by themselves, so the worst a wrongly stolen lock can
// do is build a binary twice.
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const heartbeatMs = 5_000;
const abandonedMs = 60_000;
const pollMs = 500;

/** Runs `work` while holding the lock at `path`; `onWait` is called once if someone else has it. */
export async function withLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  await acquire(path, onWait);
  // The holder's process id alone would not do: ids are reused, and the cache may be shared between machines.
  const heartbeat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  }
}

async function acquire(path: string, onWait: () => void): Promise<void> {
  const mine = `${path}.${hostname()}.${process.pid}`;
  await writeFile(mine, JSON.stringify({ pid: process.pid, host: hostname() }));
  try {
    for (let told = false; !(await tryLink(mine, path)); told = true) {
      if (await isAbandoned(path)) await steal(path, mine);
      else if (!told) onWait();
      await sleep(pollMs);
    }
  } finally {
    await rm(mine, { force: true });
  }
}

// link() fails if the name is taken and shows the whole content at once, unlike open(O_EXCL) + write.
async function tryLink(from: string, to: string): Promise<boolean> {
  return await link(from, to).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    },
  );
}

async function isAbandoned(path: string): Promise<boolean> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    if (Date.now() - mtimeMs > abandonedMs) return true;
    const holder: unknown = JSON.parse(text);
    return isHolder(holder) && holder.host === hostname() && !isAlive(holder.pid);
  } catch (error) {
    return error instanceof SyntaxError; // gone meanwhile: not abandoned, just try again
  }
}

async function steal(path: string, mine: string): Promise<void> {
  const aside = `${mine}.stolen`;
  await rename(path, aside).catch(() => undefined);
  await rm(aside, { force: true });
}

function isHolder(value: unknown): value is { pid: number; host: string } {
  return (
    typeof value === 'object' && value !== null && 'pid' in value && 'host' in value && typeof value.pid === 'number'
  );
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
