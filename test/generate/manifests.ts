// Writes manifests/install.yaml, what the chart renders with its defaults; what the Lua files share, and from them
// manifests/argocd/argocd-cm.yaml, the form in which Argo CD is given them; and the chart's README:
//
//   node test/generate/manifests.ts
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { toolPath } from '../tools/paths.ts';
import { chartReadme } from './chart-readme.ts';
import { fillHealthChecks } from './lua-blocks.ts';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

const root = resolve(import.meta.dirname, '../..');
const chart = join(root, 'charts/stratos');
const customizations = join(root, 'manifests/argocd/resource_customizations/distill.stratos.dev');
export const installNamespace = 'stratos-system';

/** Runs the pinned helm, blind to the caller's own settings; rejects with what it says on stderr. */
export async function helm(args: readonly string[]): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'stratos-helm-'));
  try {
    const run = promisify(execFile)(await toolPath('helm'), [...args], {
      env: { PATH: process.env['PATH'], HOME: home },
      maxBuffer: 64 * 1024 * 1024,
    });
    return (await run).stdout;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** The chart's objects for these `--set` values, and those that are text whatever they look like; without its test. */
export async function renderChart(values: readonly string[] = [], text: readonly string[] = []): Promise<Manifest[]> {
  const set = [...values.flatMap((value) => ['--set', value]), ...text.flatMap((value) => ['--set-string', value])];
  const command = ['template', 'stratos', chart, '--namespace', installNamespace, '--skip-tests', ...set];
  return readManifests(await helm(command));
}

/** The YAML that Kubernetes reads: in this version a bare `y` or `off` is a boolean, and text like that is quoted. */
const version = '1.1';

export function readManifests(text: string): Manifest[] {
  return parseAllDocuments(text, { version })
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/** What is read of a pod. */
export interface OperatorPod {
  readonly containers: readonly [{ readonly image: string; readonly args: readonly string[] }];
}

/** The spec of the operator's pod. */
export function podSpecOf(manifests: readonly Manifest[]): OperatorPod {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) throw new Error('the manifests hold no Deployment');
  return (deployment['spec'] as { template: { spec: OperatorPod } }).template.spec;
}

/** Everything that `kubectl apply` needs, in the order in which it can be applied. */
export async function installManifest(): Promise<Manifest[]> {
  const objects = (await renderChart()).map(withoutHelm);
  const isCrd = ({ kind }: Manifest): boolean => kind === 'CustomResourceDefinition';
  return [namespaceManifest, ...objects.filter(isCrd), ...objects.filter((object) => !isCrd(object))];
}

/** The namespace that install.yaml brings along and the chart leaves to Helm. */
export const namespaceManifest: Manifest = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: installNamespace,
    labels: {
      'app.kubernetes.io/part-of': 'stratos',
      ...Object.fromEntries(
        ['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
      ),
    },
  },
};

/** Without what says that Helm manages the object: here it does not. */
function withoutHelm(manifest: Manifest): Manifest {
  const { labels, annotations, ...metadata } = manifest.metadata;
  const { 'helm.sh/chart': _chart, 'app.kubernetes.io/managed-by': _manager, ...ownLabels } = labels ?? {};
  const { 'helm.sh/resource-policy': _policy, ...ownAnnotations } = annotations ?? {};
  return {
    ...manifest,
    metadata: {
      ...metadata,
      ...(Object.keys(ownLabels).length > 0 && { labels: ownLabels }),
      ...(Object.keys(ownAnnotations).length > 0 && { annotations: ownAnnotations }),
    },
  };
}

/** The argocd-cm entries of our kinds: a patch to the ConfigMap that Argo CD already has. */
export async function argoConfigMap(): Promise<Manifest> {
  const kinds = (await readdir(customizations)).toSorted();
  const entries = await Promise.all(kinds.map(customizationsOf));
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm', namespace: 'argocd', labels: { 'app.kubernetes.io/part-of': 'argocd' } },
    data: Object.fromEntries(entries.flat()),
  };
}

/** Progress moves every few seconds, and what is free of a pool with every pod: neither is to refresh the whole Application. */
const volatile: Readonly<Record<string, readonly string[]>> = {
  ServerPool: ['/status/gpus', '/status/nodes'],
  DistillationQuota: ['/status/entries', '/status/spent', '/status/reserved'],
  DistillationJob: ['/status/progress', '/status/trainerStatus', '/status/measured'],
  StudentDeployment: ['/status/progress', '/status/trainerStatus', '/status/measured'],
};

async function customizationsOf(kind: string): Promise<[string, string][]> {
  const health = await readFile(join(customizations, kind, 'health.lua'), 'utf8');
  const actions = await actionsOf(kind);
  return [
    [`resource.customizations.health.distill.stratos.dev_${kind}`, health],
    ...(actions === undefined
      ? []
      : [[`resource.customizations.actions.distill.stratos.dev_${kind}`, actions] satisfies [string, string]]),
    [
      `resource.customizations.ignoreResourceUpdates.distill.stratos.dev_${kind}`,
      stringify({ jsonPointers: volatile[kind] ?? [] }),
    ],
  ];
}

/** A kind may have none. */
async function actionsOf(kind: string): Promise<string | undefined> {
  const folder = join(customizations, kind, 'actions');
  if (!existsSync(folder)) return undefined;
  const lua = async (path: string): Promise<string> => await readFile(join(folder, path), 'utf8');
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && entry.name !== 'testdata').map(({ name }) => name);
  const definitions = names.toSorted().map(async (name) => ({ name, 'action.lua': await lua(`${name}/action.lua`) }));
  const actions = { 'discovery.lua': await lua('discovery.lua'), definitions: await Promise.all(definitions) };
  return stringify(actions, { lineWidth: 0 });
}

const banner = '# Generated by test/generate/manifests.ts. Do not edit.\n';

export function toText(manifests: readonly Manifest[], comment = ''): string {
  const options = { version, lineWidth: 0, aliasDuplicateObjects: false } as const;
  const documents = manifests.map((manifest) => stringify(manifest, options));
  return `${banner}${comment}${documents.map((document) => `---\n${document}`).join('')}`;
}

/** charts/stratos/README.md. */
export async function readme(): Promise<string> {
  const [values = '', schema = ''] = await Promise.all(
    ['values.yaml', 'values.schema.json'].map(async (file) => await readFile(join(chart, file), 'utf8')),
  );
  return chartReadme(values, JSON.parse(schema));
}

if (import.meta.main) {
  await writeFile(join(chart, 'README.md'), await readme());
  await writeFile(join(root, 'manifests/install.yaml'), toText(await installManifest()));
  await fillHealthChecks();
  const usage = '# kubectl -n argocd patch configmap argocd-cm --patch-file argocd-cm.yaml\n';
  await writeFile(join(root, 'manifests/argocd/argocd-cm.yaml'), toText([await argoConfigMap()], usage));
}
