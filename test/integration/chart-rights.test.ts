// What the chart lets the operator's pod, the operator and people do, asked of a real API server.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  helm,
  installManifest,
  installNamespace,
  podSpecOf,
  readManifests,
  renderChart,
} from '../generate/manifests.ts';
import { send, until } from '../support/control-plane/http.ts';
import { sharedControlPlane } from '../support/control-plane/shared.ts';
import { grantAccess, makeNamespace } from '../support/operator-access.ts';
import { startOperator } from '../support/operator-process.ts';

const chart = resolve(import.meta.dirname, '../../charts/stratos');

describe("the operator's pod", () => {
  const createPod = async (spec: object): Promise<void> => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe', namespace: installNamespace }, spec };
    await sharedControlPlane().kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(pod));
  };

  before(async () => void (await grantAccess(sharedControlPlane(), await installManifest())));

  it('is admitted to a namespace that enforces the restricted Pod Security Standard', async () => {
    await createPod(podSpecOf(await installManifest()));
  });

  it('and so is the pod of helm test', async () => {
    const command = [
      'template',
      'stratos',
      chart,
      '--namespace',
      installNamespace,
      '--show-only',
      'templates/tests/ready.yaml',
    ];
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
  const answer = await send(`${server}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`, {
    method: 'POST',
    token,
    ca,
    body,
  });
  assert.equal(answer.status, 201, answer.body);
  return JSON.parse(answer.body).status.allowed;
}

const group = 'distill.stratos.dev';
const own = installNamespace;

describe("the operator's rights", () => {
  let token: string;

  before(async () => {
    token = await grantAccess(sharedControlPlane(), await installManifest());
  });

  function verbs(names: string, resource: string, namespace = 'team-a', name?: string): Question[] {
    return names
      .split(' ')
      .map((verb) => (name === undefined ? [verb, resource, namespace] : [verb, resource, namespace, name]));
  }

  const allowed: Question[] = [
    // patch is for the finalizer; the chart's policies.sealSpecs has the API server refuse the rest.
    ...verbs('get list watch patch', `distillationjobs.${group}`),
    ...verbs('get list watch', `distillationquotas.${group}`),
    ...verbs('get patch', `distillationquotas.${group}/status`),
    ...verbs('get patch', `distillationjobs.${group}/status`),
    ...verbs('update', `distillationjobs.${group}/finalizers`),
    ...verbs('get list watch create', `studentdeployments.${group}`),
    ...verbs('get patch', `studentdeployments.${group}/status`),
    ...verbs('update', `studentdeployments.${group}/finalizers`),
    ...verbs('get list watch create patch delete', 'jobs.batch'),
    ...verbs('get list watch create patch delete', 'deployments.apps'),
    ...verbs('get list watch create patch', 'services'),
    ...verbs('get', 'configmaps'),
    ...verbs('get list watch create', 'persistentvolumeclaims'),
    ...verbs('get list watch', 'pods'),
    ...verbs('get list watch', 'resourcequotas'),
    ...verbs('get list watch', 'limitranges'),
    ...verbs('list create patch', 'events.events.k8s.io'),
    ...verbs('get list watch', 'priorityclasses.scheduling.k8s.io', ''),
    ...verbs('get list watch', 'nodes', ''),
    ...verbs('get list watch', `serverpools.${group}`, ''),
    ...verbs('get patch', `serverpools.${group}/status`, ''),
    ...verbs('get list watch', 'nodepools.karpenter.sh', ''),
    ...verbs('get list watch', 'nodeoverlays.karpenter.sh', ''),
    ...verbs('get list watch', 'resourceflavors.kueue.x-k8s.io', ''),
    ...verbs('get list watch', 'resourceslices.resource.k8s.io', ''),
    ...verbs('get list watch', 'deviceclasses.resource.k8s.io', ''),
    ...verbs('get list watch', 'resourceclaims.resource.k8s.io'),
    ...verbs('get list watch create patch', 'resourceclaimtemplates.resource.k8s.io'),
    ...verbs('get list watch', 'workloads.kueue.x-k8s.io'),
    ...verbs('create', 'tokenreviews.authentication.k8s.io', ''),
    ...verbs('create', 'leases.coordination.k8s.io', own),
    ...verbs('get patch', 'leases.coordination.k8s.io', own, 'stratos-operator'),
    ...verbs('get patch', 'secrets', own, 'stratos-progress-tls'),
    ...verbs('create', 'secrets', own),
  ];

  const refused: Question[] = [
    // What the user wants is the user's to change.
    ...verbs('create update delete deletecollection', `distillationjobs.${group}`),
    ...verbs('create update patch delete deletecollection', `distillationquotas.${group}`),
    ...verbs('create update patch delete', 'resourcequotas'),
    ...verbs('update patch delete deletecollection', `studentdeployments.${group}`),
    ...verbs('create update patch delete', `serverpools.${group}`, ''),
    ...verbs('create update patch delete', 'nodepools.karpenter.sh', ''),
    ...verbs('create update patch delete', 'resourceclaims.resource.k8s.io'),
    ...verbs('update delete deletecollection', 'resourceclaimtemplates.resource.k8s.io'),
    ...verbs('create update patch delete', 'workloads.kueue.x-k8s.io'),
    // What serves goes with its owner, by the garbage collector; a canary's Deployment goes when it has been judged.
    ...verbs('deletecollection', 'deployments.apps'),
    ...verbs('delete deletecollection', 'services'),
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
    ...verbs('list watch create update patch delete', 'configmaps'),
    ...verbs('create delete', 'namespaces', ''),
    ...verbs('get create update patch delete', 'leases.coordination.k8s.io', 'kube-system'),
    ...verbs('update patch', 'leases.coordination.k8s.io', own, 'another'),
    ...verbs('delete', 'leases.coordination.k8s.io', own),
  ];

  for (const [want, questions] of [
    [true, allowed],
    [false, refused],
  ] as const) {
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
      [['create', 'leases.coordination.k8s.io', own], true],
      [['create', 'jobs.batch', other], false],
      [['list', 'jobs.batch', ''], false],
      [['patch', `distillationjobs.${group}/status`, other], false],
      [['list', `distillationjobs.${group}`, ''], false],
      [['list', 'pods', ''], false],
    ];
    for (const [question, want] of table) assert.equal(await canI(narrowToken, question), want, question.join(' '));
  });
});

describe("the operator's rights, used", () => {
  /** Requests of a ServiceAccount that were refused, as the API server wrote them down. */
  async function refusals(account: string): Promise<string[]> {
    const { audit } = sharedControlPlane();
    assert.ok(audit !== undefined);
    const lines = (await readFile(audit, 'utf8')).split('\n').filter((line) => line.includes('"code":403'));
    const entries = lines.map(
      (line) => JSON.parse(line) as { verb: string; requestURI: string; user: { username: string } },
    );
    const user = `system:serviceaccount:${installNamespace}:${account}`;
    return entries
      .filter(({ user: { username } }) => username === user)
      .map(({ verb, requestURI }) => `${verb} ${requestURI}`);
  }

  // With election, so that it also takes the Lease; readiness means that every collection was listed.
  const cases: Record<string, { account: string; watch: () => Promise<string[]> }> = {
    'all namespaces': { account: 'all', watch: async () => [] },
    'two namespaces': {
      account: 'two',
      watch: async () => [await makeNamespace(sharedControlPlane()), await makeNamespace(sharedControlPlane())],
    },
  };
  for (const [name, { account, watch }] of Object.entries(cases)) {
    it(`let the operator start, lead and become ready for ${name}, and it asks for no more`, async () => {
      const controlPlane = sharedControlPlane();
      const namespaces = await watch();
      const scope = namespaces.map((namespace, index) => `watchNamespaces[${index}]=${namespace}`);
      const values = [`fullnameOverride=${account}`, ...scope];
      const token = await grantAccess(controlPlane, await renderChart(values));
      const kubeconfig = await controlPlane.kubeconfigFor({ token });
      const images = { trainerImage: 'trainer', servingImage: 'vllm' };
      const logFile = join(controlPlane.dir, `logs/operator-${account}.log`);
      const operator = await startOperator({ kubeconfig, logFile, namespaces, leaderElect: true, ...images });
      try {
        await until('the operator leads', { withinMs: 20_000 }, async () => {
          const metrics = await (await fetch(`${operator.url}/metrics`)).text();
          return /^leader_election_master_status\{.*\} 1$/m.test(metrics);
        });
      } finally {
        await operator.stop();
      }
      assert.deepEqual(await refusals(account), []);
    });
  }
});

describe("people's rights", () => {
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
      for (const question of can)
        await until(`${role} can ${question.join(' ')}`, { withinMs: 60_000 }, async () => await ask(question));
      for (const question of cannot) assert.equal(await ask(question), false, question.join(' '));
    });
  }
});
