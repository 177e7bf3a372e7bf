// One process of the control plane: started on a leash (leash.sh), in a process group of its own,
// its output in a log file.
import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const leash = join(import.meta.dirname, 'leash.sh');
const graceMs = 10_000;
const tailLines = 15;

/** How to run one component. */
export interface Command {
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
}

/** Where a component lives; `scratch` is removed if our process dies, undefined keeps everything. */
export interface Place {
  readonly dir: string;
  readonly logs: string;
  readonly scratch: string | undefined;
}

export type StopSignal = 'term' | 'kill';

/** A component ended before anybody asked it to; the message carries the end of its log. */
export class ComponentExit extends Error {}

export class Component {
  readonly name: string;
  /** The leash's process id, and so the id of the process group. */
  readonly group: number;
  readonly log: string;
  /** Rejects with ComponentExit if it ends unasked; never resolves. */
  readonly failed: Promise<never>;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #asked = false;
  #kept = false;

  private constructor(name: string, child: ChildProcess, group: number, log: string) {
    this.name = name;
    this.group = group;
    this.log = log;
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()));
    this.failed = this.#ended.then(() => this.#judgeExit());
    this.failed.catch(() => undefined); // only those who wait for it care
    child.stdin?.on('error', () => undefined); // EPIPE: it ended first, which `exit` tells
  }

  static async start(command: Command, place: Place): Promise<Component> {
    const log = join(place.logs, `${command.name}.log`);
    const output = await open(log, 'a');
    try {
      const child = spawn('sh', [leash, place.scratch ?? '-', command.path, ...command.args], {
        cwd: place.dir,
        detached: true,
        stdio: ['pipe', output.fd, output.fd],
        // A caller's KUBECONFIG, proxies or Go settings have no say in here.
        env: { PATH: process.env['PATH'], HOME: place.dir },
      });
      return new Component(command.name, child, await pidOf(child), log);
    } finally {
      await output.close();
    }
  }

  /** Ends it and waits until it is gone; `term` turns into a kill after 10 s. */
  async stop(signal: StopSignal): Promise<void> {
    this.#asked = true;
    const timer = setTimeout(() => this.#killGroup(), this.#kept ? 0 : graceMs); // a kept one listens no more
    if (!this.#kept) this.#child.stdin?.write(`${signal}\n`);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Lets it outlive this process. */
  async keep(): Promise<void> {
    if (this.#kept) return;
    this.#kept = true;
    const { stdin } = this.#child;
    await new Promise<void>((resolve) => (stdin === null ? resolve() : stdin.end('keep\n', resolve)));
    this.#child.unref();
  }

  async logTail(): Promise<string> {
    const lines = (await readFile(this.log, 'utf8').catch(() => '')).trimEnd().split('\n');
    return lines
      .slice(-tailLines)
      .map((line) => `  ${line}`)
      .join('\n');
  }

  async #judgeExit(): Promise<never> {
    if (this.#asked) return await new Promise<never>(() => undefined);
    const { exitCode, signalCode } = this.#child;
    throw new ComponentExit(
      `${this.name} ended by itself (${signalCode ?? exitCode}); its log ends:\n${await this.logTail()}`,
    );
  }

  #killGroup(): void {
    try {
      process.kill(-this.group, 'SIGKILL');
    } catch {
      // it went away in this very moment
    }
  }
}

async function pidOf(child: ChildProcess): Promise<number> {
  if (child.pid !== undefined) return child.pid;
  return await new Promise((_resolve, reject) => child.once('error', reject));
}
