import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Registry } from 'prom-client';
import { DistillationMetrics } from '../../src/telemetry/distillation-metrics.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import {
  argoConfigMap,
  helm,
  installManifest,
  installNamespace,
  type Manifest,
  readManifests,
  renderChart,
  toText,
} from '../generate/manifests.ts';
import { send, until } from '../support/control-plane/http.ts';
import { sharedControlPlane } from '../support/control-plane/shared.ts';
import { applyManifests, grantAccess, makeNamespace } from '../support/operator-access.ts';

const root = resolve(import.meta.dirname, '../..');
const chart = join(root, 'charts/stratos');
const digest = `sha256:${'0a'.repeat(32)}`;

interface PodTemplate {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: { readonly containers: [{ readonly image: string; readonly args: readonly string[] }] };
}

function podTemplateOf(manifests: readonly Manifest[]): PodTemplate {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment');
  return (deployment?.['spec'] as { template: PodTemplate }).template;
}

const operatorOf = (manifests: readonly Manifest[]) => podTemplateOf(manifests).spec.containers[0];

function identities(manifests: readonly Manifest[]): string[] {
  return manifests.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name].join('/')).toSorted();
}

describe('the chart', () => {
  let namespaces: [string, string];

  before(async () => {
    const controlPlane = sharedControlPlane();
    await applyManifests(controlPlane, (await installManifest()).filter(({ kind }) => kind === 'Namespace'));
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
      '--concurrency=8',
      '--log-level=debug',
      '--watch-namespace=a',
      '--watch-namespace=b',
    ]);
  });

  it('names the progress Service as the URL that trainers get', async () => {
    const manifests = await renderChart(['fullnameOverride=other', 'progress.port=9443']);
    const url = operatorOf(manifests).args.find((arg) => arg.startsWith('--progress-url='))?.slice(15) ?? '';
    const { hostname, port } = new URL(url);
    const service = manifests.find(
      ({ kind, metadata }) => kind === 'Service' && `${metadata.name}.${metadata.namespace}.svc` === hostname,
    );
    assert.equal((service?.['spec'] as { ports: { port: number }[] }).ports[0]?.port, Number(port));
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
    for (const [keep, want] of [[true, 'keep'], [false, undefined]] as const) {
      const crds = (await renderChart([`crds.keep=${keep}`])).filter(({ kind }) => kind === 'CustomResourceDefinition');
      assert.deepEqual(crds.map(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy']), [want, want]);
    }
  });

  it('renders the same twice, or Argo CD would see it drift', async () => {
    assert.equal(toText(await renderChart()), toText(await renderChart()));
  });

  it('renders what the Prometheus operator looks for only when asked', async () => {
    const kinds = async (values: string[]): Promise<string[]> =>
      (await renderChart(values)).filter(({ apiVersion }) => apiVersion.startsWith('monitoring')).map(({ kind }) => kind);
    assert.deepEqual(await kinds([]), []);
    assert.deepEqual(await kinds(['serviceMonitor.enabled=true', 'prometheusRule.enabled=true']), [
      'PrometheusRule',
      'ServiceMonitor',
    ]);
  });

  it('alerts on series that the operator has', async () => {
    const registry = new Registry();
    void new Metrics(registry);
    void new DistillationMetrics(registry, { list: () => [] });
    const series = new Set(registry.getMetricsAsArray().map(({ name }) => name));
    const rule = (await renderChart(['prometheusRule.enabled=true'])).find(({ kind }) => kind === 'PrometheusRule');
    const { groups } = rule?.['spec'] as { groups: { rules: { expr: string }[] }[] };
    const used = groups.flatMap(({ rules }) => rules.flatMap(({ expr }) => expr.match(/\w+(?=\{)/g) ?? []));
    assert.ok(used.length >= 6);
    assert.deepEqual(used.filter((name) => name !== 'up' && !series.has(name)), []);
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
        .map(({ metadata: _, ...rest }) => JSON.stringify(rest))
        .toSorted();
    assert.deepEqual(specOf(stored), specOf(rendered));
  });

  it('install.yaml applies to an empty cluster in its order', async () => {
    const stored = readManifests(await readFile(join(root, 'manifests/install.yaml'), 'utf8'));
    await applyManifests(sharedControlPlane(), stored, { dryRun: true });
  });

  it('argocd-cm.yaml holds the Lua files', async () => {
    const [stored] = readManifests(await readFile(join(root, 'manifests/argocd/argocd-cm.yaml'), 'utf8'));
    assert.deepEqual(stored, await argoConfigMap(), 'run: node test/generate/manifests.ts');
  });

  it('the objects on which Argo CD\'s checks are tested are valid ones', async () => {
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

describe('the operator\'s pod', () => {
  const createPod = async (spec: object): Promise<void> => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe', namespace: installNamespace }, spec };
    await sharedControlPlane().kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(pod));
  };

  before(async () => void (await grantAccess(sharedControlPlane(), await installManifest())));

  it('is admitted to a namespace that enforces the restricted Pod Security Standard', async () => {
    await createPod(podTemplateOf(await installManifest()).spec);
  });

  it('and so is the pod of helm test', async () => {
    const command = ['template', 'stratos', chart, '--namespace', installNamespace, '--show-only', 'templates/tests/ready.yaml'];
    const [pod] = readManifests(await helm(command));
    await createPod(pod?.['spec'] as object);
  });

  it('while a pod that claims nothing is refused there', async () => {
    await assert.rejects(createPod({ containers: [{ name: 'a', image: 'a' }] }), /violates PodSecurity "restricted/);
  });
});

type Question = readonly [verb: string, resource: string, namespace: string, name?: string];

/** What `kubectl auth can-i` asks; `resource` is `plural.group/subresource`. */
async function canI(token: string, [verb, resource, namespace, name]: Question): Promise<boolean> {
  const { server, ca } = sharedControlPlane();
  const [fullName = '', subresource] = resource.split('/');
  const [plural, ...group] = fullName.split('.');
  const resourceAttributes = { verb, resource: plural, group: group.join('.'), subresource, namespace, name };
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  };
  const answer = await send(`${server}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`, { method: 'POST', token, ca, body });
  assert.equal(answer.status, 201, answer.body);
  return JSON.parse(answer.body).status.allowed;
}

const group = 'distill.stratos.dev';
const own = installNamespace;

describe('the operator\'s rights', () => {
  let token: string;

  before(async () => {
    token = await grantAccess(sharedControlPlane(), await installManifest());
  });

  function verbs(names: string, resource: string, namespace = 'team-a', name?: string): Question[] {
    return names.split(' ').map((verb) => (name === undefined ? [verb, resource, namespace] : [verb, resource, namespace, name]));
  }

  const allowed: Question[] = [
    ...verbs('get list watch', `distillationjobs.${group}`),
    ...verbs('get patch', `distillationjobs.${group}/status`),
    ...verbs('update', `distillationjobs.${group}/finalizers`),
    ...verbs('get list watch create patch', `studentdeployments.${group}`),
    ...verbs('get patch', `studentdeployments.${group}/status`),
    ...verbs('update', `studentdeployments.${group}/finalizers`),
    ...verbs('get list watch create patch delete', 'jobs.batch'),
    ...verbs('get list watch create patch delete', 'deployments.apps'),
    ...verbs('get list watch create patch delete', 'services'),
    ...verbs('get list watch create', 'persistentvolumeclaims'),
    ...verbs('get list watch', 'pods'),
    ...verbs('get list watch', 'replicasets.apps'),
    ...verbs('create patch', 'events.events.k8s.io'),
    ...verbs('get list watch', 'nodes', ''),
    ...verbs('create', 'tokenreviews.authentication.k8s.io', ''),
    ...verbs('get create update patch', 'leases.coordination.k8s.io', own),
    ...verbs('get patch', 'secrets', own, 'stratos-progress-tls'),
    ...verbs('create', 'secrets', own),
  ];

  const refused: Question[] = [
    // What the user wants is the user's to change.
    ...verbs('create update patch delete deletecollection', `distillationjobs.${group}`),
    ...verbs('update delete deletecollection', `studentdeployments.${group}`),
    // Secrets of others, and even its own ones by another name.
    ...verbs('get list watch create update patch delete', 'secrets'),
    ...verbs('list watch delete', 'secrets', own),
    ...verbs('get patch', 'secrets', own, 'another'),
    // Nothing runs but by a Job or a Deployment, and nobody looks inside.
    ...verbs('create update patch delete', 'pods'),
    ...verbs('create', 'pods/exec'),
    ...verbs('create', 'pods/ephemeralcontainers'),
    ...verbs('get', 'pods/log'),
    ...verbs('create', 'pods/eviction'),
    ...verbs('create', 'pods/binding'),
    // Weights survive whatever goes wrong.
    ...verbs('update patch delete deletecollection', 'persistentvolumeclaims'),
    ...verbs('deletecollection', 'jobs.batch'),
    // No way up.
    ...verbs('create', 'serviceaccounts/token'),
    ...verbs('create update patch', 'serviceaccounts'),
    ...verbs('impersonate', 'users', ''),
    ...verbs('impersonate', 'serviceaccounts'),
    ...verbs('create update patch bind escalate', 'clusterroles.rbac.authorization.k8s.io', ''),
    ...verbs('create update patch', 'clusterrolebindings.rbac.authorization.k8s.io', ''),
    ...verbs('create update patch bind escalate', 'roles.rbac.authorization.k8s.io'),
    ...verbs('create update patch', 'rolebindings.rbac.authorization.k8s.io'),
    ...verbs('create update patch', 'customresourcedefinitions.apiextensions.k8s.io', ''),
    ...verbs('create update patch', 'validatingwebhookconfigurations.admissionregistration.k8s.io', ''),
    ...verbs('create', 'certificatesigningrequests.certificates.k8s.io', ''),
    // The cluster is not its own.
    ...verbs('create update patch delete', 'nodes', ''),
    ...verbs('get', 'nodes/proxy', ''),
    ...verbs('get list watch create update patch delete', 'configmaps'),
    ...verbs('create delete', 'namespaces', ''),
    ...verbs('get create update patch delete', 'leases.coordination.k8s.io', 'kube-system'),
    ...verbs('delete', 'leases.coordination.k8s.io', own),
  ];

  for (const [want, questions] of [[true, allowed], [false, refused]] as const) {
    it(`${want ? 'allow' : 'refuse'} ${questions.length} requests, one by one`, async () => {
      const answers = await Promise.all(questions.map(async (question) => await canI(token, question)));
      const wrong = questions.filter((_, index) => answers[index] !== want).map((question) => question.join(' '));
      assert.deepEqual(wrong, []);
    });
  }

  it('hold no wildcard, in whatever mode', async () => {
    for (const values of [[], ['watchNamespaces={a}']]) {
      const roles = (await renderChart(values)).filter(({ kind }) => kind.endsWith('Role'));
      assert.ok(roles.length >= 2);
      assert.ok(!JSON.stringify(roles.map((role) => role['rules'])).includes('*'));
    }
  });

  it('end at the namespaces that it watches, when it watches some', async () => {
    const controlPlane = sharedControlPlane();
    const [watched, other] = [await makeNamespace(controlPlane), await makeNamespace(controlPlane)];
    const narrow = await renderChart([`watchNamespaces={${watched}}`, 'fullnameOverride=narrow']);
    const narrowToken = await grantAccess(controlPlane, narrow);
    const table: [Question, boolean][] = [
      [['create', 'jobs.batch', watched], true],
      [['patch', `distillationjobs.${group}/status`, watched], true],
      [['list', 'nodes', ''], true],
      [['create', 'tokenreviews.authentication.k8s.io', ''], true],
      [['patch', 'leases.coordination.k8s.io', own], true],
      [['create', 'jobs.batch', other], false],
      [['list', 'jobs.batch', ''], false],
      [['patch', `distillationjobs.${group}/status`, other], false],
      [['list', `distillationjobs.${group}`, ''], false],
      [['list', 'pods', ''], false],
    ];
    for (const [question, want] of table) assert.equal(await canI(narrowToken, question), want, question.join(' '));
  });
});

describe('people\'s rights', () => {
  let namespace: string;

  before(async () => {
    const controlPlane = sharedControlPlane();
    await grantAccess(controlPlane, await installManifest());
    namespace = await makeNamespace(controlPlane);
    for (const role of ['view', 'edit', 'admin']) {
      await controlPlane.kubectl(['create', 'serviceaccount', role, '-n', namespace]);
      const subject = `--serviceaccount=${namespace}:${role}`;
      await controlPlane.kubectl(['create', 'rolebinding', role, `--clusterrole=${role}`, subject, '-n', namespace]);
    }
  });

  // The cluster's own roles take ours up within moments, edit from view and admin from edit.
  const cases: Record<string, { can: [string, string][]; cannot: [string, string][] }> = {
    view: {
      can: [
        ['get', `distillationjobs.${group}`],
        ['watch', `studentdeployments.${group}`],
      ],
      cannot: [
        ['create', `distillationjobs.${group}`],
        ['patch', `studentdeployments.${group}/scale`],
      ],
    },
    edit: {
      can: [
        ['list', `distillationjobs.${group}`],
        ['create', `distillationjobs.${group}`],
        ['delete', `studentdeployments.${group}`],
        ['patch', `studentdeployments.${group}/scale`],
      ],
      cannot: [
        ['patch', `distillationjobs.${group}/status`],
        ['deletecollection', `distillationjobs.${group}`],
      ],
    },
    admin: {
      can: [
        ['create', `distillationjobs.${group}`],
        ['deletecollection', `distillationjobs.${group}`],
      ],
      cannot: [['patch', `distillationjobs.${group}/status`]],
    },
  };
  for (const [role, { can, cannot }] of Object.entries(cases)) {
    it(`${role} covers our kinds, and not their status`, async () => {
      const token = (await sharedControlPlane().kubectl(['create', 'token', role, '-n', namespace])).trim();
      const ask = async ([verb, resource]: [string, string]): Promise<boolean> =>
        await canI(token, [verb, resource, namespace]);
      for (const question of can) await until(`${role} can ${question.join(' ')}`, { withinMs: 10_000 }, async () => await ask(question));
      for (const question of cannot) assert.equal(await ask(question), false, question.join(' '));
    });
  }
});
