// An operator behind a fault proxy, started again whenever it dies: what a Deployment would do.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../support/cluster.ts';
import type { OperatorProcess, OperatorProcessOptions } from '../support/operator-process.ts';

export class SupervisedOperator {
  readonly logFile: string;
  readonly #start: () => Promise<OperatorProcess>;
  #current: OperatorProcess | undefined;
  #starts = 0;
  #stopping = false;
  #running: Promise<void> = Promise.resolve();

  private constructor(logFile: string, start: () => Promise<OperatorProcess>) {
    this.logFile = logFile;
    this.#start = start;
  }

  /** @param server the proxy's URL. */
  static async start(
    cluster: Cluster,
    { server, ...options }: Partial<OperatorProcessOptions> & { server: string },
  ): Promise<SupervisedOperator> {
    const id = randomBytes(4).toString('hex');
    const kubeconfig = join(cluster.dir, `${id}.kubeconfig`);
    await writeFile(kubeconfig, JSON.stringify(plainLogin(server, cluster.operatorToken)), { mode: 0o600 });
    const logFile = join(cluster.dir, `${id}.log`);
    const operator = new SupervisedOperator(logFile, () => cluster.startOperator({ ...options, kubeconfig, logFile }));
    await operator.#launch();
    return operator;
  }

  get url(): string {
    return this.#current?.url ?? '';
  }

  get pid(): number {
    return this.#current?.pid ?? -1;
  }

  get restarts(): number {
    return this.#starts - 1;
  }

  /** At once: nothing that it holds in its hands is finished. */
  kill = (): void => {
    if (this.#current !== undefined) process.kill(this.#current.pid, 'SIGKILL');
  };

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
    await this.#current?.kill();
  }

  async #launch(): Promise<void> {
    this.#starts += 1;
    const operator = await this.#start();
    this.#current = operator;
    void operator.exited.then(() => {
      if (!this.#stopping) this.#running = this.#launch();
    });
  }
}

function plainLogin(server: string, token: string): object {
  const name = 'fault-proxy';
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    // client-node takes plain HTTP for an oversight unless it is told.
    clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
}
