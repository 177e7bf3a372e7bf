import { spawn, type ChildProcess } from 'node:child_process';
import { atExit } from '../at-exit.ts';

// Reads "+ GROUP" and "- GROUP" lines; the end of the input means that whoever wrote them is gone, however it went.
const script = `
trap '' TERM INT HUP
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

/** Sees to it that no process group outlives this process, even when this process is killed with SIGKILL. */
export class Watchdog {
  readonly #shell: ChildProcess;
  readonly #groups = new Set<number>();
  #closed = false;
  readonly #forgetAtExit: () => void;

  constructor() {
    this.#shell = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    this.#shell.stdin?.on('error', () => undefined); // a dead watchdog must not take the node with it
    this.#shell.unref();
    this.#forgetAtExit = atExit(() => this.killAll());
  }

  guard(group: number): void {
    if (this.#closed) return killGroup(group, 'SIGKILL'); // it was started while everything else was being ended
    this.#groups.add(group);
    this.#shell.stdin?.write(`+ ${group}\n`);
  }

  /** To be called when the group is known to be empty: its number may be used again. */
  release(group: number): void {
    this.#groups.delete(group);
    if (!this.#closed) this.#shell.stdin?.write(`- ${group}\n`);
  }

  killAll(): void {
    for (const group of this.#groups) killGroup(group, 'SIGKILL');
  }

  close(): void {
    this.#closed = true;
    this.killAll();
    this.#forgetAtExit();
    this.#shell.stdin?.end();
  }
}

/** Signals every process of a group; a group that is gone already is no error. */
export function killGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
