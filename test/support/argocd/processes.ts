// The processes that are Argo CD: Debian's Redis, and three commands of its Go module. All of them listen on this machine
// only, and the application controller on nothing: see test/tools/argocd/main.go.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { debianTool } from '../../tools/debian.ts';
import { toolPath } from '../../tools/paths.ts';
import { Component } from '../control-plane/component.ts';
import { freePorts } from '../control-plane/ports.ts';
import { argoNamespace } from './types.ts';

const local = '127.0.0.1';
/** How often it looks at Git, and for how long it remembers what it saw; two and three minutes by default. */
export const pollSeconds = 3;

export interface Place {
  /** Of their own: logs and caches. */
  readonly dir: string;
  readonly kubeconfig: string;
}

/** Starts all of them; the caller stops what is in `components`, also when this fails. */
export async function startProcesses(place: Place, components: Component[]): Promise<void> {
  const [redis = 0, repoServer = 0, ofRepoServer = 0, ofSets = 0, probe = 0, webhook = 0] = await freePorts(6);
  const cache = `--redis=${local}:${redis}`;
  const git = [
    '--address',
    local,
    '--port',
    `${repoServer}`,
    '--metrics-address',
    local,
    '--metrics-port',
    `${ofRepoServer}`,
  ];
  const common = [`--namespace=${argoNamespace}`, '--logformat=text'];
  const commands: Readonly<Record<string, readonly string[]>> = {
    'repo-server': [cache, ...git, '--disable-tls', `--revision-cache-expiration=${pollSeconds}s`, '--logformat=text'],
    'application-controller': [
      cache,
      ...common,
      `--repo-server=${local}:${repoServer}`,
      '--repo-server-plaintext',
      '--metrics-port=-1',
      '--persist-resource-health',
      `--app-resync=${pollSeconds}`,
      '--app-resync-jitter=0',
      '--status-processors=2',
      '--operation-processors=2',
    ],
    'applicationset-controller': [
      ...common,
      `--argocd-repo-server=${local}:${repoServer}`,
      '--repo-server-plaintext',
      `--metrics-addr=${local}:${ofSets}`,
      `--probe-addr=${local}:${probe}`,
      `--webhook-addr=${local}:${webhook}`,
    ],
  };
  components.push(await startRedis(place, redis));
  for (const [name, args] of Object.entries(commands)) components.push(await startCommand(place, name, args));
}

async function startCommand(place: Place, name: string, args: readonly string[]): Promise<Component> {
  const folders = {
    ARGOCD_TLS_DATA_PATH: 'tls',
    ARGOCD_SSH_DATA_PATH: 'ssh',
    ARGOCD_PLUGINSOCKFILEPATH: 'plugins',
    TMPDIR: 'tmp',
  };
  const paths = Object.entries(folders).map(([key, folder]) => [key, join(place.dir, folder)] as const);
  for (const [, path] of paths) await mkdir(path, { recursive: true });
  const env = {
    ...Object.fromEntries(paths),
    KUBECONFIG: place.kubeconfig,
    // "https://kubernetes.default.svc" is the cluster of the kubeconfig.
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    ARGOCD_GPG_ENABLED: 'false',
  };
  return await start(place, `argocd-${name}`, { path: await toolPath('argocd'), args: [name, ...args], env });
}

async function startRedis(place: Place, port: number): Promise<Component> {
  const flags = ['--bind', local, '--port', String(port), '--save', '', '--appendonly', 'no'];
  return await start(place, 'redis-server', { ...(await debianTool('redis-server')), args: flags });
}

interface Launch {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

async function start({ dir }: Place, name: string, { path, args, env }: Launch): Promise<Component> {
  const assignments = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  return await Component.start(
    { name, path: 'env', args: [...assignments, path, ...args] },
    { dir, logs: dir, scratch: undefined },
  );
}
