import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { stringify } from 'yaml';
import { compareText } from '../../src/domain/text.ts';
import {
  argoConfigMap,
  helm,
  installManifest,
  installNamespace,
  type Manifest,
  namespaceManifest,
  podSpecOf,
  readManifests,
  readme,
  renderChart,
  toText,
} from '../generate/manifests.ts';
import { parseDeclaredPools } from '../../src/domain/capacity/declared-pools.ts';
import { sharedControlPlane } from '../support/control-plane/shared.ts';
import { applyManifests, makeNamespace } from '../support/operator-access.ts';

const root = resolve(import.meta.dirname, '../..');
const chart = join(root, 'charts/stratos');
const digest = `sha256:${'0a'.repeat(32)}`;

const operatorOf = (manifests: readonly Manifest[]) => podSpecOf(manifests).containers[0];

type Service = Manifest & { readonly spec: { readonly ports: readonly { readonly port: number }[] } };

const identity = ({ kind, metadata }: Manifest): string => [kind, metadata.namespace, metadata.name].join('/');

function identities(manifests: readonly Manifest[]): string[] {
  return manifests.map(identity).toSorted();
}

/** What docs/install.md shows. */
function overlayOn(base: string): object {
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [base],
    images: [{ name: 'ghcr.io/stratos/operator', newName: 'mirror.example/stratos/operator', newTag: '1.2.3' }],
    patches: [
      {
        target: { kind: 'Deployment', name: 'stratos' },
        patch: stringify([{ op: 'add', path: '/spec/template/spec/containers/0/args/-', value: '--log-level=debug' }]),
      },
    ],
  };
}

describe('the chart', () => {
  let namespaces: [string, string];

  before(async () => {
    const controlPlane = sharedControlPlane();
    await applyManifests(controlPlane, [namespaceManifest]);
    namespaces = [await makeNamespace(controlPlane), await makeNamespace(controlPlane)];
  });

  it('passes helm lint, warnings included', async () => {
    await helm(['lint', '--strict', chart]);
  });

  const everything = [
    'image.tag=1.2.3,commonLabels.team=ml,replicaCount=3,strategy.rollingUpdate.maxUnavailable=1',
    'imagePullSecrets[0].name=pull,extraArgs[0]=--log-level=debug,extraEnv[0].name=A,extraEnv[0].value=b',
    'podLabels.a=b,podAnnotations.c=d,priorityClassName=system-cluster-critical,dnsPolicy=Default',
    'tolerations[0].key=k,tolerations[0].operator=Exists,extraVolumes[0].name=v,extraVolumes[0].emptyDir.medium=Memory',
    'extraVolumeMounts[0].name=v,extraVolumeMounts[0].mountPath=/v,serviceAccount.annotations.x=y',
    'networkPolicy.apiServerCidrs[0]=10.0.0.0/8,networkPolicy.extraEgress[0].ports[0].port=4317',
    'extraObjects[0].apiVersion=v1,extraObjects[0].kind=ConfigMap,extraObjects[0].metadata.name=of-{{ .Release.Name }}',
    'metrics.service.annotations.e=f,nodeSelector.disk=ssd',
  ];
  const noClusterRole = 'rbac.clusterRole=false,rbac.aggregateClusterRoles=false,progress.enabled=false';
  const toldPools = [
    'serverPools[0].name=l4,serverPools[0].spec.nodeSelector.rack=l4,serverPools[0].spec.limits.maxNodes=2',
    'serverPools[0].spec.node.memory=180Gi,serverPools[0].spec.node.gpu.product=L4,serverPools[0].spec.node.gpu.count=4',
  ];
  // The cores and the price are text, which --set would take for numbers.
  const toldText = ['serverPools[0].spec.node.cpu=46', 'serverPools[0].spec.price.amount=3.90'];
  const valueSets: Record<string, () => string[]> = {
    'its defaults': () => [],
    // The CRDs are the same ones: once is enough.
    'some namespaces': () => ['crds.enabled=false', `watchNamespaces={${namespaces.join(',')}}`],
    'one replica that needs no election': () => ['crds.enabled=false,replicaCount=1,leaderElection=false'],
    'progress switched off': () => ['crds.enabled=false,progress.enabled=false'],
    'nothing that is optional': () => [
      'crds.enabled=false,rbac.create=false,rbac.aggregateClusterRoles=false,serviceAccount.create=false',
      'networkPolicy.enabled=false,podDisruptionBudget.enabled=false',
    ],
    'no ClusterRole, and pools that it is told of': () => [
      `crds.enabled=false,watchNamespaces={${namespaces.join(',')}}`,
      noClusterRole,
      ...toldPools,
    ],
    'everything set': () => ['crds.enabled=false', ...everything],
  };
  for (const [name, values] of Object.entries(valueSets)) {
    it(`renders, with ${name}, what a real API server takes without a warning`, async () => {
      await applyManifests(sharedControlPlane(), await renderChart(values()), { dryRun: true });
    });
  }

  const refused: Record<string, { values: string[]; want: RegExp }> = {
    'a misspelt key': { values: ['replicaCounts=3'], want: /additional properties 'replicaCounts' not allowed/ },
    'a misspelt key further in': { values: ['image.tags=1'], want: /'tags' not allowed/ },
    'a log level that does not exist': { values: ['logLevel=verbose'], want: /logLevel/ },
    'a digest that is none': { values: ['image.digest=sha256:12'], want: /digest/ },
    'a progress URL in plain text': { values: ['progress.url=http://stratos'], want: /progress\/url/ },
    'no ClusterRole for all namespaces': {
      values: ['rbac.clusterRole=false', 'progress.enabled=false'],
      want: /rbac\.clusterRole must be true unless watchNamespaces names the namespaces/,
    },
    'no ClusterRole with progress': {
      values: ['rbac.clusterRole=false', 'watchNamespaces={a}'],
      want: /progress\.enabled must be false without rbac\.clusterRole/,
    },
    'a pool without a spec': { values: ['serverPools[0].name=l4'], want: /serverPools.*spec/s },
    'two replicas that hold no election': { values: ['leaderElection=false'], want: /leaderElection must be true/ },
  };
  for (const [name, { values, want }] of Object.entries(refused)) {
    it(`refuses ${name}`, async () => await assert.rejects(renderChart(values), want));
  }

  it('gives the operator its flags', async () => {
    const { args } = operatorOf(await renderChart(['watchNamespaces={a,b,a}', 'concurrency=8', 'logLevel=debug']));
    assert.deepEqual(args, [
      '--leader-elect',
      '--http-bind-address=0.0.0.0:8080',
      '--progress-bind-address=0.0.0.0:8443',
      '--progress-url=https://stratos-progress.stratos-system.svc:8443',
      '--trainer-image=ghcr.io/stratos/trainer:0.1.0',
      '--serving-image=docker.io/vllm/vllm-openai:v0.22.0',
      '--serving-network-policy',
      '--prometheus-url=',
      '--scrape-period-seconds=15',
      '--pod-user-id=1000',
      '--concurrency=8',
      '--log-level=debug',
      '--watch-namespace=a',
      '--watch-namespace=b',
    ]);
  });

  it('hands the pools on as the operator reads them, to new pods when they change', async () => {
    const [manifests, others] = [await renderChart(toldPools, toldText), await renderChart(toldPools)];
    const map = manifests.find(({ kind }) => kind === 'ConfigMap') as { data?: Record<string, string> } | undefined;
    const [pool] = parseDeclaredPools(map?.data?.['server-pools.json'] ?? '');
    assert.deepEqual([pool?.metadata.name, pool?.spec.node?.cpu, pool?.spec.price?.amount], ['l4', '46', '3.90']);
    assert.ok(operatorOf(manifests).args.includes('--server-pools-file=/etc/stratos/server-pools.json'));
    const templateOf = (rendered: readonly Manifest[]): string =>
      JSON.stringify(rendered.find(({ kind }) => kind === 'Deployment')?.['spec']);
    assert.notEqual(templateOf(manifests), templateOf(others));
  });

  it('names the progress Service as the URL that trainers get', async () => {
    const manifests = await renderChart(['fullnameOverride=other', 'progress.port=9443']);
    const url =
      operatorOf(manifests)
        .args.find((arg) => arg.startsWith('--progress-url='))
        ?.slice(15) ?? '';
    const { hostname, port } = new URL(url);
    const service = manifests.find(
      ({ kind, metadata }) => kind === 'Service' && `${metadata.name}.${metadata.namespace}.svc` === hostname,
    );
    assert.equal((service as Service | undefined)?.spec.ports[0]?.port, Number(port));
  });

  it('takes every image from one mirror, and a digest before a tag', async () => {
    const { image, args } = operatorOf(
      await renderChart(['global.imageRegistry=mirror.example', 'image.tag=x', `image.digest=${digest}`]),
    );
    assert.equal(image, `mirror.example/stratos/operator@${digest}`);
    const flags = args.filter((arg) => arg.includes('-image='));
    assert.deepEqual(flags, [
      '--trainer-image=mirror.example/stratos/trainer:0.1.0',
      '--serving-image=mirror.example/vllm/vllm-openai:v0.22.0',
    ]);
  });

  it('leaves a single replica without a disruption budget, which would block every drain', async () => {
    const hasBudget = async (replicas: number): Promise<boolean> =>
      (await renderChart([`replicaCount=${replicas}`])).some(({ kind }) => kind === 'PodDisruptionBudget');
    assert.deepEqual([await hasBudget(1), await hasBudget(2)], [false, true]);
  });

  it('keeps the CRDs on uninstall unless told otherwise', async () => {
    for (const [keep, want] of [
      [true, 'keep'],
      [false, undefined],
    ] as const) {
      const crds = (await renderChart([`crds.keep=${keep}`])).filter(({ kind }) => kind === 'CustomResourceDefinition');
      assert.notEqual(crds.length, 0);
      const policies = crds.map(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy']);
      assert.deepEqual(new Set(policies), new Set([want]));
    }
  });

  it('renders the same twice, or Argo CD would see it drift', async () => {
    assert.equal(toText(await renderChart()), toText(await renderChart()));
  });

  it('renders what the Prometheus operator looks for only when asked', async () => {
    const kinds = async (values: string[]): Promise<string[]> =>
      (await renderChart(values))
        .filter(({ apiVersion }) => apiVersion.startsWith('monitoring'))
        .map(({ kind }) => kind);
    assert.deepEqual(await kinds([]), []);
    assert.deepEqual(await kinds(['serviceMonitor.enabled=true', 'prometheusRule.enabled=true']), [
      'PrometheusRule',
      'ServiceMonitor',
    ]);
  });
});

describe('the manifests', () => {
  it('install.yaml is what the chart renders', async () => {
    const stored = await readFile(join(root, 'manifests/install.yaml'), 'utf8');
    assert.equal(stored, toText(await installManifest()), 'run: node test/generate/manifests.ts');
  });

  it('install.yaml holds the objects of the chart and their namespace, no more and no fewer', async () => {
    const stored = readManifests(await readFile(join(root, 'manifests/install.yaml'), 'utf8'));
    const rendered = await renderChart();
    assert.deepEqual(identities(stored), [...identities(rendered), `Namespace//${installNamespace}`].toSorted());
    const specOf = (manifests: Manifest[]) =>
      manifests
        .filter(({ kind }) => kind !== 'Namespace')
        .map((manifest) => JSON.stringify({ ...manifest, metadata: undefined }))
        .toSorted();
    assert.deepEqual(specOf(stored), specOf(rendered));
  });

  it('install.yaml applies to an empty cluster in its order', async () => {
    const stored = readManifests(await readFile(join(root, 'manifests/install.yaml'), 'utf8'));
    await applyManifests(sharedControlPlane(), stored, { dryRun: true });
  });

  /** What `kubectl kustomize` makes of a folder, in an order that compares. */
  async function built(folder: string): Promise<Manifest[]> {
    const manifests = readManifests(await sharedControlPlane().kubectl(['kustomize', folder]));
    return manifests.toSorted((a, b) => compareText(identity(a), identity(b)));
  }

  it('are a Kustomize base that builds to what install.yaml says', async () => {
    const stored = readManifests(await readFile(join(root, 'manifests/install.yaml'), 'utf8'));
    const wanted = stored.toSorted((a, b) => compareText(identity(a), identity(b)));
    assert.deepEqual(await built(join(root, 'manifests')), wanted);
  });

  it('apply as they are built, with -k', async () => {
    const strict = ['--server-side', '--force-conflicts', '--validate=strict', '--dry-run=server'];
    const said = await sharedControlPlane().kubectl(['apply', ...strict, '-k', join(root, 'manifests'), '-o', 'name']);
    const stored = readManifests(await readFile(join(root, 'manifests/install.yaml'), 'utf8'));
    assert.equal(said.trim().split('\n').length, stored.length);
  });

  it('are a base for an overlay that moves the images and sets flags', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stratos-overlay-'));
    try {
      await writeFile(
        join(folder, 'kustomization.yaml'),
        stringify(overlayOn(relative(folder, join(root, 'manifests')))),
      );
      const manifests = await built(folder);
      const { image, args } = operatorOf(manifests);
      assert.equal(image, 'mirror.example/stratos/operator:1.2.3');
      assert.equal(args.at(-1), '--log-level=debug');
      await applyManifests(sharedControlPlane(), manifests, { dryRun: true });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("the chart's README lists its values", async () => {
    const stored = await readFile(join(chart, 'README.md'), 'utf8');
    assert.equal(stored, await readme(), 'run: node test/generate/manifests.ts');
  });

  it('argocd-cm.yaml holds the Lua files', async () => {
    const [stored] = readManifests(await readFile(join(root, 'manifests/argocd/argocd-cm.yaml'), 'utf8'));
    assert.deepEqual(stored, await argoConfigMap(), 'run: node test/generate/manifests.ts');
  });

  it("the objects on which Argo CD's checks are tested are valid ones", async () => {
    const folder = join(root, 'manifests/argocd/resource_customizations');
    const files = (await readdir(folder, { recursive: true })).filter((path) => /testdata\/.*\.yaml$/.test(path));
    const objects = await Promise.all(
      files.map(async (file) => readManifests(await readFile(join(folder, file), 'utf8'))),
    );
    const here = objects.flat().map((object, index) => ({
      ...object,
      metadata: { name: `${object.metadata.name}-${index}`, namespace: installNamespace },
    }));
    assert.ok(here.length > 20);
    await applyManifests(sharedControlPlane(), here, { dryRun: true });
  });
});
