// What runs on this machine.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface RunningProcess {
  readonly pid: number;
  /** Process group. */
  readonly group: number;
  readonly command: string;
}

/** All processes that still run; not those which have ended and merely wait to be collected. */
export async function listProcesses(): Promise<readonly RunningProcess[]> {
  return process.platform === 'linux' ? await fromProc() : await fromPs();
}

// Small container images have no `ps`.
async function fromProc(): Promise<readonly RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map(async (pid) => await readProcess(pid).catch(() => undefined)));
  return all.filter((found) => found !== undefined);
}

async function readProcess(pid: string): Promise<RunningProcess | undefined> {
  const [stat, command] = await Promise.all(
    ['stat', 'cmdline'].map(async (file) => await readFile(`/proc/${pid}/${file}`, 'utf8')),
  );
  const [state, , group] = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  return { pid: Number(pid), group: Number(group), command: (command ?? '').replaceAll('\0', ' ') };
}

async function fromPs(): Promise<readonly RunningProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,pgid=,stat=,command='], {
    maxBuffer: 2 ** 25,
  });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, group, state, command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || state?.startsWith('Z') === true
      ? []
      : [{ pid: Number(pid), group: Number(group), command }];
  });
}
