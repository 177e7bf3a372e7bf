// Replicas of the operator that are started again whenever they die, as a Deployment would.
import type { OperatorProcess } from '../support/operator-process.ts';

export class Replicas {
  readonly #start: (index: number) => Promise<OperatorProcess>;
  readonly #running: Promise<OperatorProcess>[];
  restarts = 0;

  private constructor(count: number, start: (index: number) => Promise<OperatorProcess>) {
    this.#start = start;
    this.#running = Array.from({ length: count }, (_, index) => start(index));
  }

  static async start(count: number, start: (index: number) => Promise<OperatorProcess>): Promise<Replicas> {
    const replicas = new Replicas(count, start);
    await Promise.all(replicas.#running);
    return replicas;
  }

  /** Without a chance to finish what it has in hand; its successor is on its way when this returns. */
  async kill(index: number): Promise<void> {
    const operator = await this.#running[index];
    await operator?.kill();
    this.restarts += 1;
    const next = this.#start(index);
    // One that does not come up is told to whoever asks for it next.
    next.catch(() => undefined);
    this.#running[index] = next;
  }

  async stop(): Promise<void> {
    for (const operator of await Promise.allSettled(this.#running)) {
      if (operator.status === 'fulfilled') await operator.value.stop();
    }
  }
}
