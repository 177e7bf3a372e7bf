// Control planes that were told to outlive their starter: a note in their folder says what to end.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { until } from './http.ts';
import { listProcesses, type RunningProcess } from './processes.ts';

export interface Kept {
  /** Folder to remove with it. */
  readonly scratch: string | undefined;
  readonly components: readonly { readonly name: string; readonly group: number }[];
}

const goneMs = 5_000;

export async function writeKept(dir: string, kept: Kept): Promise<void> {
  await writeFile(noteIn(dir), `${JSON.stringify(kept, null, 2)}\n`);
}

export async function forgetKept(dir: string): Promise<void> {
  await rm(noteIn(dir), { force: true });
}

/** Throws if a kept control plane still runs in the folder. */
export async function assertNotKept(dir: string): Promise<void> {
  if ((await processesOf(dir)).length > 0) throw new Error(`a control plane still runs in ${dir}: stop it first`);
}

/** Ends the control plane kept in the folder. False if there was none. */
export async function stopKept(dir: string): Promise<boolean> {
  const kept = await readKept(dir);
  if (kept === undefined) return false;
  const running = await processesOf(dir);
  for (const { pid } of running) kill(pid);
  // By number: a dying process has no command line any more by which processesOf could tell it.
  const killed = new Set(running.map(({ pid }) => pid));
  await until(`the control plane in ${dir} has ended`, { withinMs: goneMs }, async () =>
    (await listProcesses()).every(({ pid }) => !killed.has(pid)),
  );
  await forgetKept(dir);
  if (kept.scratch !== undefined) await rm(kept.scratch, { recursive: true, force: true });
  return running.length > 0;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended by itself: a leash does when its component is gone
  }
}

// A number in the note may belong to somebody else by now (after a reboot, say). A group is only ours
// if a process in it still names our folder in its command line.
async function processesOf(dir: string): Promise<readonly RunningProcess[]> {
  const groups = new Set((await readKept(dir))?.components.map(({ group }) => group));
  const members = (await listProcesses()).filter(({ group }) => groups.has(group));
  const ours = new Set(members.filter(({ command }) => command.includes(resolve(dir))).map(({ group }) => group));
  return members.filter(({ group }) => ours.has(group));
}

async function readKept(dir: string): Promise<Kept | undefined> {
  const text = await readFile(noteIn(dir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const kept: Kept = JSON.parse(text);
  return kept;
}

function noteIn(dir: string): string {
  return join(dir, 'control-plane.json');
}
