import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from './error-text.ts';
import { NotReady, type PreparedContainer, prepareContainer } from './container-launch.ts';
import { type Exit, type RunningProcess, startProcess } from './container-process.ts';
import { type ContainerRecord, restarts, running, terminated } from './container-record.ts';
import { type HealthWatch, watchHealth } from './container-health.ts';
import { imageName } from './images.ts';
import { logPath } from './log-files.ts';
import { performCheck, type ProbeTarget } from './probes.ts';
import { delayMs, type PodRuntime } from './runtime.ts';
import type { Terminated } from './types.ts';
import { MissingSource } from './volume-files.ts';

const messageLimit = { bytes: 4096, fallbackBytes: 2048, fallbackLines: 80 };
const leastGraceSeconds = 2; // what is left to a process whose preStop hook used up the grace period

interface Current {
  process: RunningProcess;
  prepared: PreparedContainer;
  health?: HealthWatch;
  killing: boolean;
}

/**
 * Keeps one container as its restart policy says.
 *
 *   waiting (pull, configuration) -> running -> terminated -> waiting (CrashLoopBackOff) -> running ...
 *
 * `run` resolves when the container will not be started again, because of its policy or after `stop`.
 */
export class ContainerSupervisor {
  readonly record: ContainerRecord;
  readonly #runtime: PodRuntime;
  readonly #stopping = new AbortController();
  /** Aborted when this container, or the whole local node, is to end. */
  readonly #over: AbortSignal;
  readonly #started = Promise.withResolvers<void>();
  #current: Current | undefined;
  #crashes = 0;

  constructor(record: ContainerRecord, runtime: PodRuntime) {
    this.record = record;
    this.#runtime = runtime;
    this.#over = AbortSignal.any([this.#stopping.signal, runtime.node.signal]);
  }

  /** Resolves once the container has started, as its startup probe says, or when it never will. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  async run(): Promise<void> {
    while (!this.#over.aborted && (await this.#mayStart())) {
      const prepared = await this.#prepare();
      if (prepared && !this.#over.aborted) await this.#runOnce(prepared);
    }
    this.#started.resolve();
  }

  /** Ends the container: hook, SIGTERM, and SIGKILL when the grace period is over. Nothing restarts it. */
  async stop(graceSeconds: number): Promise<void> {
    this.#stopping.abort();
    if (this.#current) await this.#kill(this.#current, graceSeconds);
  }

  /** False when the container has ended for good; otherwise the back-off after its last end has passed. */
  async #mayStart(): Promise<boolean> {
    const ended = terminated(this.record);
    if (!ended) return true;
    if (!restarts(this.record.role, this.#runtime.pod().spec?.restartPolicy, ended.exitCode)) return false;
    this.#crashes = ranLong(ended, this.#runtime.node.backoff.mostMs * 2) ? 1 : this.#crashes + 1;
    if (this.#crashes > 1) await this.#backOff(ended, delayMs(this.#runtime.node.backoff, this.#crashes - 1));
    if (this.#over.aborted) return false;
    this.record.last = ended;
    this.record.restartCount++;
    return true;
  }

  async #backOff(ended: Terminated, delay: number): Promise<void> {
    const name = this.record.spec.name;
    this.record.last = ended;
    this.#wait(
      'CrashLoopBackOff',
      `back-off ${delay / 1000}s restarting failed container=${name} pod=${this.#podName()}`,
    );
    this.#event('BackOff', `Back-off restarting failed container ${name}`, 'Warning');
    await this.#pause(delay);
    if (this.#over.aborted) this.record.state = { terminated: ended };
  }

  /** Waits until everything that the container needs exists; undefined when it was stopped before that. */
  async #prepare(): Promise<PreparedContainer | undefined> {
    for (let attempt = 1; !this.#over.aborted; attempt++) {
      try {
        return await prepareContainer(this.record, this.#runtime, this.#terminationFile());
      } catch (error) {
        await this.#reportNotReady(error, delayMs(this.#runtime.node.backoff, attempt));
      }
    }
    return undefined;
  }

  async #reportNotReady(error: unknown, delay: number): Promise<void> {
    const message = errorText(error);
    const expected = error instanceof NotReady || error instanceof MissingSource;
    const reason = error instanceof NotReady ? error.reason : 'CreateContainerConfigError';
    if (!expected) this.#runtime.node.log(`preparing ${this.#podName()}: ${message}`);
    this.#wait(reason, message);
    this.#event('Failed', message, 'Warning');
    await this.#pause(delay / 2);
    if (reason === 'ErrImagePull') this.#wait('ImagePullBackOff', `Back-off pulling image "${this.record.spec.image}"`);
    await this.#pause(delay / 2);
  }

  async #runOnce(prepared: PreparedContainer): Promise<void> {
    const { record } = this;
    const process = startProcess(prepared.launch, this.#logPath(), this.#runtime.node.watchdog);
    const current: Current = { process, prepared, killing: false };
    this.#current = current;
    const startedAt = new Date().toISOString();
    record.imageId = `local-node://${imageName(record.spec.image ?? '')}`;
    record.containerId = `local-node://${this.#runtime.pod().metadata?.uid}/${record.spec.name}/${record.restartCount}`;
    record.state = { running: { startedAt } };
    this.#event('Started', `Started container ${record.spec.name}`);
    current.health = this.#watchHealth(current);
    const exit = await process.exited;
    current.health.stop();
    record.ready = false;
    record.started = false;
    record.state = { terminated: await this.#describe(exit, startedAt) };
    this.#current = undefined;
    this.#runtime.changed();
  }

  #watchHealth(current: Current): HealthWatch {
    const { record } = this;
    const { name } = record.spec;
    const health = watchHealth(record.spec, this.#target(current), {
      changed: ({ started, ready }) => {
        if (current.killing || !running(record)) return;
        record.started = started;
        record.ready = ready;
        if (started) this.#started.resolve();
        this.#runtime.changed();
      },
      unhealthy: (kind) => this.#event('Unhealthy', `${kind} probe failed for container ${name}`, 'Warning'),
      failed: (kind, graceSeconds) => {
        this.#event('Killing', `Container ${name} failed ${kind} probe, will be restarted`);
        void this.#kill(current, graceSeconds ?? this.#runtime.pod().spec?.terminationGracePeriodSeconds ?? 30);
      },
    });
    this.#runtime.changed();
    return health;
  }

  async #kill(current: Current, graceSeconds: number): Promise<void> {
    if (current.killing) return this.#killWithin(current, graceSeconds * 1000);
    current.killing = true;
    current.health?.stop();
    this.record.ready = false;
    this.#runtime.changed();
    const deadline = Date.now() + graceSeconds * 1000;
    const { preStop } = this.record.spec.lifecycle ?? {};
    if (preStop && graceSeconds > 0) await this.#runHook(preStop, current, graceSeconds * 1000);
    current.process.signal(graceSeconds > 0 ? 'SIGTERM' : 'SIGKILL');
    await this.#killWithin(current, Math.max(deadline - Date.now(), preStop ? leastGraceSeconds * 1000 : 0));
  }

  async #killWithin({ process }: Current, ms: number): Promise<void> {
    const timer = setTimeout(() => process.signal('SIGKILL'), ms);
    await process.exited;
    clearTimeout(timer);
  }

  async #runHook(
    hook: NonNullable<NonNullable<ContainerRecord['spec']['lifecycle']>['preStop']>,
    current: Current,
    graceMs: number,
  ): Promise<void> {
    const done = new AbortController();
    const end = () => done.abort();
    void current.process.exited.then(end);
    const timeUp = sleep(graceMs, undefined, { signal: done.signal }).catch(() => undefined);
    const action = hook.sleep
      ? sleep(hook.sleep.seconds * 1000, undefined, { signal: done.signal }).catch(() => undefined)
      : performCheck(hook, this.#target(current), graceMs).then((succeeded) => {
          if (!succeeded) this.#event('FailedPreStopHook', 'PreStopHook failed', 'Warning');
        });
    await Promise.race([action, timeUp]);
    end();
  }

  #target({ prepared }: Current): ProbeTarget {
    const { address, node } = this.#runtime;
    return { container: this.record.spec, address, launchFor: prepared.launchFor, watchdog: node.watchdog };
  }

  async #describe(exit: Exit, startedAt: string): Promise<Terminated> {
    const message = exit.startError ?? (await this.#terminationMessage(exit.exitCode));
    const reason = exit.startError === undefined ? (exit.exitCode === 0 ? 'Completed' : 'Error') : 'StartError';
    const finishedAt = new Date().toISOString();
    const containerID = this.record.containerId;
    return { exitCode: exit.exitCode, reason, startedAt, finishedAt, containerID, ...(message ? { message } : {}) };
  }

  async #terminationMessage(exitCode: number): Promise<string> {
    const content = await readFile(this.#terminationFile()).catch(() => Buffer.alloc(0));
    const message = content.subarray(0, messageLimit.bytes).toString();
    const fallsBack = this.record.spec.terminationMessagePolicy === 'FallbackToLogsOnError';
    if (message !== '' || exitCode === 0 || !fallsBack) return message;
    const tail = await readTail(this.#logPath(), messageLimit.fallbackBytes);
    return tail.split('\n').slice(-messageLimit.fallbackLines).join('\n');
  }

  #terminationFile(): string {
    return join(this.#runtime.directory, 'termination', `${this.record.spec.name}-${this.record.restartCount}`);
  }

  #logPath(): string {
    const { namespace = '', name = '', uid = '' } = this.#runtime.pod().metadata ?? {};
    const container = this.record.spec.name;
    return logPath(this.#runtime.node.dataDir, { namespace, pod: name, uid, container }, this.record.restartCount);
  }

  #podName(): string {
    return `${this.#runtime.pod().metadata?.name}_${this.#runtime.pod().metadata?.namespace}`;
  }

  #wait(reason: string, message: string): void {
    this.record.state = { waiting: { reason, message } };
    this.#runtime.changed();
  }

  #event(reason: string, message: string, type: 'Normal' | 'Warning' = 'Normal'): void {
    this.#runtime.node.events.record(this.#runtime.pod(), { reason, message, type, container: this.record.spec.name });
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#over }).catch(() => undefined);
  }
}

function ranLong({ startedAt, finishedAt }: Terminated, ms: number): boolean {
  return Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '') > ms;
}

async function readTail(path: string, bytes: number): Promise<string> {
  await using file = await open(path);
  const { size } = await file.stat();
  const start = Math.max(0, size - bytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, start);
  return buffer.subarray(0, bytesRead).toString();
}
