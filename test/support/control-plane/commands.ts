// The command line of each component.
import { join } from 'node:path';
import { toolPath } from '../../tools/paths.ts';
import type { Command } from './component.ts';
import type { Layout } from './layout.ts';

const local = '127.0.0.1';
const serviceRange = '10.96.0.0/16';
// The client-side limits of the components are set for real clusters; here they would only be a delay.
const fastClient = ['--kube-api-qps=500', '--kube-api-burst=1000'];

export interface Commands {
  readonly etcd: Command;
  readonly apiServer: Command;
  readonly controllerManager: Command;
  readonly scheduler: Command;
  readonly kwok: Command | undefined;
}

export interface Binaries {
  readonly etcd: string;
  readonly apiServer: string;
  readonly controllerManager: string;
  readonly scheduler: string;
  readonly kwok: string | undefined;
}

/** Paths of the binaries; throws if one isn't there. */
export async function findBinaries(options: { kwok?: boolean }): Promise<Binaries> {
  return {
    etcd: await toolPath('etcd'),
    apiServer: await toolPath('kube-apiserver'),
    controllerManager: await toolPath('kube-controller-manager'),
    scheduler: await toolPath('kube-scheduler'),
    kwok: options.kwok === true ? await toolPath('kwok') : undefined,
  };
}

/** The command line of every component. */
export function commandsFor(layout: Layout, paths: Binaries): Commands {
  return {
    etcd: { name: 'etcd', path: paths.etcd, args: etcd(layout) },
    apiServer: { name: 'kube-apiserver', path: paths.apiServer, args: apiServer(layout) },
    controllerManager: {
      name: 'kube-controller-manager',
      path: paths.controllerManager,
      args: controllerManager(layout),
    },
    scheduler: { name: 'kube-scheduler', path: paths.scheduler, args: scheduler(layout) },
    kwok: paths.kwok === undefined ? undefined : { name: 'kwok', path: paths.kwok, args: kwok(layout) },
  };
}

function etcd({ ports, file }: Layout): readonly string[] {
  return [
    `--data-dir=${file('etcd')}`,
    `--listen-client-urls=http://${local}:${ports.etcd}`,
    `--advertise-client-urls=http://${local}:${ports.etcd}`,
    `--listen-peer-urls=http://${local}:${ports.etcdPeer}`,
    `--initial-advertise-peer-urls=http://${local}:${ports.etcdPeer}`,
    `--initial-cluster=default=http://${local}:${ports.etcdPeer}`,
    '--unsafe-no-fsync', // the data dies with the test run
    '--log-level=warn',
  ];
}

function apiServer({ ports, file, audit }: Layout): readonly string[] {
  return [
    `--etcd-servers=http://${local}:${ports.etcd}`,
    `--bind-address=${local}`,
    `--advertise-address=${local}`,
    `--secure-port=${ports.apiServer}`,
    `--cert-dir=${file('certs')}`, // it writes a self-signed pair there, and finds it again after a restart
    `--service-cluster-ip-range=${serviceRange}`,
    `--token-auth-file=${file('tokens.csv')}`,
    '--authorization-mode=Node,RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file('certs/service-accounts.pub')}`,
    `--service-account-signing-key-file=${file('certs/service-accounts.key')}`,
    '--allow-privileged=true',
    '--shutdown-watch-termination-grace-period=1s', // without it, an orderly stop waits a minute for the watches
    '--endpoint-reconciler-type=none', // 127.0.0.1 may not be an endpoint of the "kubernetes" Service
    ...(audit === undefined
      ? []
      : [`--audit-log-path=${audit}`, `--audit-policy-file=${join(import.meta.dirname, 'audit-policy.yaml')}`]),
  ];
}

function controllerManager({ ports, file }: Layout): readonly string[] {
  return [
    `--kubeconfig=${file('kube-controller-manager.kubeconfig')}`,
    `--bind-address=${local}`,
    `--secure-port=${ports.controllerManager}`,
    `--root-ca-file=${file('certs/apiserver.crt')}`,
    `--service-account-private-key-file=${file('certs/service-accounts.key')}`,
    '--use-service-account-credentials',
    '--leader-elect=false',
    ...fastClient,
  ];
}

function scheduler({ ports, file }: Layout): readonly string[] {
  return [
    `--kubeconfig=${file('kube-scheduler.kubeconfig')}`,
    `--bind-address=${local}`,
    `--secure-port=${ports.scheduler}`,
    '--leader-elect=false',
    ...fastClient,
  ];
}

/** Plays the kubelet for nodes that carry the annotation of `fake-node.ts`, and for those only. */
function kwok({ ports, file }: Layout): readonly string[] {
  return [
    `--kubeconfig=${file('admin.kubeconfig')}`,
    `--config=${join(import.meta.dirname, 'kwok-stages.yaml')}`,
    '--manage-all-nodes=false',
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    `--node-ip=${local}`,
    '--node-lease-duration-seconds=40',
    `--server-address=${local}:${ports.kwok}`,
  ];
}
