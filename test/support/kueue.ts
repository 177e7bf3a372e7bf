// Kueue itself, from its Go module, on a control plane of ours: its own definitions, webhooks and certificates. What a cluster would
// do for it is done here: the Service of its webhooks leads to this machine, and its Secret is put where a kubelet would mount it.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { filesPath, toolPath } from '../tools/paths.ts';
import { readPin } from '../tools/pins.ts';
import { Component } from './control-plane/component.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { until } from './control-plane/http.ts';
import { freePorts } from './control-plane/ports.ts';

const namespace = 'kueue-system';
const serviceName = 'kueue-webhook-service';
const secretName = 'kueue-webhook-server-cert';
/** What the webhooks of other kinds would be for is not installed. */
const groups = ['batch', 'kueue.x-k8s.io'];

interface Ports {
  readonly webhook: number;
  readonly health: number;
}

interface Kustomization {
  readonly resources: readonly string[];
  readonly patches: readonly { readonly path: string }[];
}

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}

interface WebhookConfiguration {
  metadata: { name: string };
  webhooks: { clientConfig: { service: object }; rules: { apiGroups: string[] }[] }[];
}

interface Service {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

export interface Kueue {
  /** Its log, for whoever reads a failed test. */
  readonly log: string;
  /** Takes it out of the cluster again, with all that is of its kinds. */
  remove(): Promise<void>;
}

/** Installs it and returns once it answers. */
export async function startKueue(controlPlane: ControlPlane, dir: string): Promise<Kueue> {
  const [webhook = 0, health = 0] = await freePorts(2);
  const ports = { webhook, health };
  const certDir = join(dir, 'kueue-certs');
  await mkdir(certDir, { recursive: true });
  await install(controlPlane, ports);
  const config = join(dir, 'kueue.yaml');
  await writeFile(config, stringify(configuration(ports, certDir)));
  const component = await Component.start(
    {
      name: 'kueue',
      path: await toolPath('kueue'),
      args: [`--config=${config}`, `--kubeconfig=${controlPlane.kubeconfig}`],
    },
    { dir, logs: dir, scratch: undefined },
  );
  await Promise.race([component.failed, ready(controlPlane, { certDir, health })]);
  return {
    log: component.log,
    remove: async () => {
      await component.stop('term');
      await uninstall(controlPlane);
    },
  };
}

function configuration({ webhook, health }: Ports, certDir: string): object {
  return {
    apiVersion: 'config.kueue.x-k8s.io/v1beta2',
    kind: 'Configuration',
    namespace,
    health: { healthProbeBindAddress: `127.0.0.1:${health}` },
    metrics: { bindAddress: '0' },
    webhook: { host: '127.0.0.1', port: webhook, certDir },
    leaderElection: { leaderElect: false },
    internalCertManagement: { enable: true, webhookServiceName: serviceName, webhookSecretName: secretName },
    integrations: { frameworks: ['batch/job'] },
    // The first two want a cluster around them: an aggregated API server, other clusters.
    featureGates: { VisibilityOnDemand: false, MultiKueue: false },
  };
}

async function install(controlPlane: ControlPlane, { webhook }: Ports): Promise<void> {
  const service = { namespace, name: serviceName, port: webhook };
  const apply = (objects: readonly object[]) =>
    controlPlane.kubectl(
      ['apply', '--server-side', '--force-conflicts', '-f', '-'],
      objects.map((object) => JSON.stringify(object)).join('\n---\n'),
    );
  await apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: serviceName, namespace },
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port: webhook }] },
    },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: secretName, namespace } },
  ]);
  const crds = await definitions(service);
  await apply(crds);
  await controlPlane.kubectl(['wait', '--for=condition=Established', '--timeout=30s', ...crds.map(crdName)]);
  await apply(await webhooks(service));
}

async function moduleFile(...path: string[]): Promise<string> {
  return join(filesPath(await readPin('kueue')), 'config/components', ...path);
}

/** As its kustomization makes them: with the conversion between versions where it says so. */
async function definitions(service: Service): Promise<Definition[]> {
  const folder = await moduleFile('crd');
  const read = async <T>(file: string) => parse(await readFile(join(folder, file), 'utf8')) as T;
  const { resources, patches } = await read<Kustomization>('kustomization.yaml');
  const crds = await Promise.all(resources.map(read<Definition>));
  for (const { metadata } of await Promise.all(patches.map(({ path }) => read<Definition>(path)))) {
    const crd = crds.find((candidate) => candidate.metadata.name === metadata.name);
    if (crd === undefined) throw new Error(`a patch of Kueue is for ${metadata.name}, which it does not define`);
    const clientConfig = { service: { ...service, path: '/convert' } };
    crd.spec['conversion'] = { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } };
  }
  return crds;
}

async function webhooks(service: Service): Promise<WebhookConfiguration[]> {
  const documents = parseAllDocuments(await readFile(await moduleFile('webhook', 'manifests.yaml'), 'utf8'));
  const found = documents.map((document) => document.toJS() as WebhookConfiguration);
  return found.map((configuration) => ({
    ...configuration,
    metadata: { name: `kueue-${configuration.metadata.name}` },
    webhooks: configuration.webhooks
      .filter(({ rules }) => rules.some(({ apiGroups }) => apiGroups.some((group) => groups.includes(group))))
      .map((hook) => ({ ...hook, clientConfig: { service: { ...hook.clientConfig.service, ...service } } })),
  }));
}

/** It answers, after its certificate has been put where it looks for it. */
async function ready(
  controlPlane: ControlPlane,
  { certDir, health }: { certDir: string; health: number },
): Promise<void> {
  const secret = async () => {
    const { data = {} } = JSON.parse(
      await controlPlane.kubectl(['get', 'secret', secretName, '-n', namespace, '-o', 'json']),
    ) as {
      data?: Record<string, string>;
    };
    return data['tls.crt'] === undefined ? undefined : data;
  };
  await until('Kueue has made its certificate', { withinMs: 60_000 }, async () => (await secret()) !== undefined);
  for (const [name, content] of Object.entries((await secret()) ?? {}))
    await writeFile(join(certDir, name), Buffer.from(content, 'base64'), { mode: 0o600 });
  await until('Kueue answers', { withinMs: 60_000 }, async () => {
    const response = await fetch(`http://127.0.0.1:${health}/readyz`).catch(() => undefined);
    return response?.status === 200;
  });
}

/** After it has ended, whatever was going on: nobody converts its objects any more, or takes its finalizers off. */
async function uninstall(controlPlane: ControlPlane): Promise<void> {
  const kubectl = (...args: string[]) => controlPlane.kubectl(args);
  for (const kind of ['mutating', 'validating'])
    await kubectl('delete', '--ignore-not-found', `${kind}webhookconfiguration/kueue-${kind}-webhook-configuration`);
  const crds = (await definitions({ namespace, name: serviceName, port: 443 })).map(crdName);
  for (const crd of crds) {
    await patch(controlPlane, [crd], { spec: { conversion: { strategy: 'None', webhook: null } } });
    const plural = crd.replace('crd/', '');
    const held = await kubectl('get', plural, '--all-namespaces', '-o', `jsonpath=${namesPath}`);
    for (const line of held.split('\n').filter((text) => text !== '')) {
      const [home = '', name = ''] = line.split('/');
      await patch(controlPlane, [plural, name, ...(home === '' ? [] : ['-n', home])], {
        metadata: { finalizers: null },
      });
    }
  }
  await kubectl('delete', '--ignore-not-found', '--timeout=60s', ...crds);
  await kubectl('delete', '--ignore-not-found', '--wait=false', `namespace/${namespace}`);
}

const namesPath = String.raw`{range .items[*]}{.metadata.namespace}/{.metadata.name}{"\n"}{end}`;

/** What is gone meanwhile, with its namespace, needs none. */
async function patch(controlPlane: ControlPlane, what: readonly string[], change: object): Promise<void> {
  await controlPlane
    .kubectl(['patch', ...what, '--type=merge', '-p', JSON.stringify(change)])
    .catch((error: unknown) => {
      if (!String(error).includes('(NotFound)')) throw error;
    });
}

function crdName({ metadata }: Definition): string {
  return `crd/${metadata.name}`;
}
