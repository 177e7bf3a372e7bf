// An operator behind a fault proxy, started again whenever it dies: what a Deployment would do.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Cluster } from '../support/cluster.ts';
import { writeProxyLogin } from '../support/fault-proxy-login.ts';
import type { OperatorProcess, OperatorProcessOptions } from '../support/operator-process.ts';

export class SupervisedOperator {
  readonly logFile: string;
  readonly #start: () => Promise<OperatorProcess>;
  #current: Promise<OperatorProcess>;
  #starts = 0;
  #stopping = false;

  private constructor(logFile: string, start: () => Promise<OperatorProcess>) {
    this.logFile = logFile;
    this.#start = start;
    this.#current = this.#relaunch();
  }

  /** @param server the proxy's URL. */
  static async start(
    cluster: Cluster,
    { server, ...options }: Partial<OperatorProcessOptions> & { server: string },
  ): Promise<SupervisedOperator> {
    const id = randomBytes(4).toString('hex');
    const kubeconfig = await writeProxyLogin(join(cluster.dir, `${id}.kubeconfig`), {
      server,
      token: cluster.operatorToken,
    });
    const logFile = join(cluster.dir, `${id}.log`);
    const operator = new SupervisedOperator(logFile, () => cluster.startOperator({ ...options, kubeconfig, logFile }));
    await operator.#current;
    return operator;
  }

  get restarts(): number {
    return this.#starts - 1;
  }

  /** Without a chance to finish what it has in hand. One that is just starting lives until it is ready. */
  kill = async (): Promise<void> => {
    const operator = await this.#current;
    await operator.kill();
  };

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.kill();
  }

  /** One that does not come up is told to whoever asks for it next. */
  #relaunch(): Promise<OperatorProcess> {
    const launched = this.#launch();
    launched.catch(() => undefined);
    return launched;
  }

  async #launch(): Promise<OperatorProcess> {
    this.#starts += 1;
    const operator = await this.#start();
    void operator.exited.then(() => {
      if (!this.#stopping) this.#current = this.#relaunch();
    });
    return operator;
  }
}
