import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { killGroup, type Watchdog } from './watchdog.ts';

/** A command line with everything resolved: paths on this machine, values instead of references. */
export interface Launch {
  command: string[];
  env: Record<string, string>;
  cwd: string;
}

export interface Exit {
  exitCode: number;
  /** Set where the process never came to run. */
  startError?: string;
}

export interface RunningProcess {
  exited: Promise<Exit>;
  signal(name: NodeJS.Signals): void;
}

const couldNotStart = 128;

/** Starts a command in a process group of its own, with its output appended to a log file. */
export function startProcess(launch: Launch, logPath: string, watchdog: Watchdog): RunningProcess {
  mkdirSync(dirname(logPath), { recursive: true });
  const output = openSync(logPath, 'a');
  const [program = '', ...args] = launch.command;
  const child = spawn(program, args, {
    cwd: launch.cwd,
    env: launch.env,
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const group = child.pid;
  if (group !== undefined) watchdog.guard(group);
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', (error) => {
      if (group === undefined) resolve({ exitCode: couldNotStart, startError: error.message });
    });
    child.once('exit', (code, signal) => {
      if (group !== undefined) {
        killGroup(group, 'SIGKILL'); // a container ends with its first process, whatever else it started
        watchdog.release(group);
      }
      resolve({ exitCode: code ?? 128 + (signal ? constants.signals[signal] : 0) });
    });
  });
  return { exited, signal: (name) => group !== undefined && killGroup(group, name) };
}

/** Runs a command to its end or to its time limit, with its output thrown away; true when it exits with 0. */
export async function runCommand(launch: Launch, timeoutMs: number, watchdog: Watchdog): Promise<boolean> {
  const process = startProcess(launch, '/dev/null', watchdog);
  const timer = setTimeout(() => process.signal('SIGKILL'), timeoutMs);
  const { exitCode } = await process.exited;
  clearTimeout(timer);
  return exitCode === 0;
}
