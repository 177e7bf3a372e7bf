// The operator as a process of its own, under its own ServiceAccount with the chart's rights: what can be killed.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { installManifest, installNamespace } from '../generate/manifests.ts';
import { atExit } from './at-exit.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { freePorts } from './control-plane/ports.ts';
import { until } from './control-plane/http.ts';
import { grantAccess } from './operator-access.ts';

const main = resolve(import.meta.dirname, '../../src/main.ts');
/** It reads the metrics of pods by the addresses that the API server knows. */
const loopbackRoutes = resolve(import.meta.dirname, 'local-node/loopback-routes.ts');
/** Patience, not a limit: six of them start at once in the fault tests, beside whatever else the machine does. */
const readyMs = 120_000;

export interface OperatorProcessOptions {
  /** Path of a kubeconfig with the operator's own rights: see `operatorKubeconfig`. */
  readonly kubeconfig: string;
  /** Where its log goes, one JSON object a line. */
  readonly logFile: string;
  readonly trainerImage: string;
  readonly servingImage: string;
  readonly identity?: string;
  /** Namespaces to watch; all when left out. */
  readonly namespaces?: readonly string[];
  readonly leaderElect?: boolean;
  readonly logLevel?: string;
  /** A program that is loaded into it first, instead of the one that finds the pods of a local node. */
  readonly preload?: string;
  /** More flags of its own. */
  readonly flags?: readonly string[];
}

export interface OperatorProcess {
  readonly pid: number;
  /** Base URL of /healthz, /readyz and /metrics. */
  readonly url: string;
  /** Settles with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Grants the chart's access in the control plane and returns a kubeconfig for the operator's ServiceAccount. */
export async function operatorKubeconfig(controlPlane: ControlPlane): Promise<string> {
  return await controlPlane.kubeconfigFor({ token: await grantAccess(controlPlane, await installManifest()) });
}

/** Starts the operator and returns when it is ready. It ends with this process. */
export async function startOperator(options: OperatorProcessOptions): Promise<OperatorProcess> {
  const [http, progress] = await freePorts(2);
  const child = launch(options, http ?? 0, progress ?? 0);
  const exited = once(child, 'exit').then(([code, signal]: unknown[]) => (code ?? signal) as number | string);
  void exited.then(atExit(() => child.kill('SIGKILL')));
  const operator: OperatorProcess = {
    pid: child.pid ?? -1,
    url: `http://127.0.0.1:${http}`,
    exited,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
  await ready(operator, options.logFile);
  return operator;
}

function launch(options: OperatorProcessOptions, http: number, progress: number): ChildProcess {
  const { kubeconfig, identity, namespaces = [], leaderElect = false, logLevel = 'info' } = options;
  const flags = [
    `--http-bind-address=127.0.0.1:${http}`,
    `--progress-bind-address=127.0.0.1:${progress}`,
    `--progress-url=https://127.0.0.1:${progress}`,
    `--trainer-image=${options.trainerImage}`,
    `--serving-image=${options.servingImage}`,
    `--namespace=${installNamespace}`,
    `--log-level=${logLevel}`,
    leaderElect ? '--leader-elect' : '--no-leader-elect',
    ...(identity === undefined ? [] : [`--identity=${identity}`]),
    ...namespaces.map((namespace) => `--watch-namespace=${namespace}`),
    ...(options.flags ?? []),
  ];
  const child = spawn(process.execPath, ['--import', options.preload ?? loopbackRoutes, main, ...flags], {
    // Tests start it hundreds of times: its code is compiled once.
    env: {
      PATH: process.env['PATH'],
      KUBECONFIG: kubeconfig,
      NODE_COMPILE_CACHE: join(tmpdir(), 'stratos-operator-code'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(options.logFile, { flags: 'a' });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  return child;
}

async function ready({ url, exited }: OperatorProcess, logFile: string): Promise<void> {
  const ended = exited.then((how) => {
    throw new Error(`the operator ended (${how}) before it was ready; its log is ${logFile}`);
  });
  const answers = until(`${url}/readyz answers`, { withinMs: readyMs }, async () => {
    const response = await fetch(`${url}/readyz`).catch(() => undefined);
    return response?.status === 200;
  });
  await Promise.race([answers, ended]);
  ended.catch(() => undefined);
}
