// The chart's admission policies on a real API server: what each lets through, and what it says to the rest.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { installManifest, installNamespace, renderChart } from '../generate/manifests.ts';
import { sharedControlPlane } from '../support/control-plane/shared.ts';
import { aDistillationJob, aStudentDeployment } from '../support/cluster-objects.ts';
import { eventually } from '../support/eventually.ts';
import { applyManifests, grantAccess, makeNamespace } from '../support/operator-access.ts';

const selector = (namespace: string): string =>
  `policies.namespaceSelector.matchLabels.kubernetes\\.io/metadata\\.name=${namespace}`;

const teacher = (url: string): object => ({ teachers: [{ name: 'api', endpoint: { url, model: 'm' } }] });
const budget = (amount: string, currency = 'USD'): object => ({ constraints: { budget: { amount, currency } } });

interface Case {
  readonly values: string;
  readonly good: readonly object[];
  /** What is refused, and in which words. */
  readonly bad: readonly (readonly [object, RegExp])[];
}

const job = (change: object): object => aDistillationJob('tiles', change);

const cases: Record<string, Case> = {
  'images come from allowed registries': {
    values: 'policies.allowedRegistries={ghcr.io/stratos/}',
    good: [
      job({}),
      job({ image: 'ghcr.io/stratos/trainer:1' }),
      aStudentDeployment('s', { model: { uri: 'pvc://students/x' }, runtime: { image: 'ghcr.io/stratos/vllm:1' } }),
    ],
    bad: [
      [
        job({ image: 'ghcr.io/stratos-evil/x' }),
        /images must come from ghcr\.io\/stratos\/; not so: ghcr\.io\/stratos-evil\/x/,
      ],
      [job({ deployment: { spec: { runtime: { image: 'docker.io/x' } } } }), /not so: docker\.io\/x/],
      [aStudentDeployment('s', { model: { image: { reference: 'quay.io/m' } } }), /not so: quay\.io\/m/],
      [
        aStudentDeployment('s', { model: { uri: 'pvc://a/b' }, runtime: { image: 'quay.io/v' } }),
        /not so: quay\.io\/v/,
      ],
    ],
  },
  'teachers are at allowed hosts': {
    values: 'policies.allowedTeacherHosts={api.example.com,*.internal.example}',
    good: [job({}), job(teacher('https://api.example.com/v1')), job(teacher('https://a.internal.example:8443/v1'))],
    bad: [
      [job(teacher('https://api.example.com.evil/v1')), /not so: api\.example\.com\.evil/],
      [job(teacher('https://internal.example/v1')), /teachers must be at api\.example\.com, \*\.internal\.example/],
      [job(teacher('https://api.example.com@evil/v1')), /not so: evil/],
    ],
  },
  'a budget is required': {
    values: 'policies.requireBudget=true',
    good: [job(budget('5'))],
    bad: [[job({}), /spec\.constraints\.budget must be set/]],
  },
  'a budget has an upper limit': {
    values: 'policies.maxBudget.amount=100',
    good: [job({}), job(budget('100.00')), job(budget('99.999999'))],
    bad: [
      [job(budget('100.01')), /must be at most 100 USD/],
      [job(budget('1', 'EUR')), /currency must be USD/],
    ],
  },
};

describe("the chart's policies", () => {
  const controlPlane = () => sharedControlPlane();
  let namespace = '';

  before(async () => {
    namespace = await makeNamespace(controlPlane());
  });

  async function policies(values: string): Promise<string[]> {
    const manifests = (await renderChart(['crds.enabled=false', selector(namespace), values])).filter(({ kind }) =>
      kind.startsWith('ValidatingAdmissionPolicy'),
    );
    await applyManifests(controlPlane(), manifests);
    return manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  }

  async function apply(object: object, ...flags: string[]): Promise<string> {
    return await controlPlane().kubectl(['-n', namespace, 'apply', ...flags, '-f', '-'], JSON.stringify(object));
  }

  for (const [name, { values, good, bad }] of Object.entries(cases)) {
    it(`${name}: what breaks the rule is refused, in words, and the rest is not`, async () => {
      const made = await policies(values);
      try {
        // A policy takes a moment to be in force.
        for (const [object, want] of bad)
          await eventually(`refused: ${String(want)}`, async () => {
            const refusal = await apply(object, '--dry-run=server').then(
              () => undefined,
              (error: unknown) => String(error),
            );
            return refusal !== undefined && want.test(refusal);
          });
        for (const object of good) await apply(object, '--dry-run=server');
      } finally {
        await controlPlane().kubectl(['delete', ...made]);
      }
    });
  }

  it('who approved which plan stands in the audit log', async () => {
    const made = await policies('policies.auditApprovals=true');
    const { audit = '' } = controlPlane();
    try {
      await apply(job({ planApproval: 'Manual' }));
      let approved = 0;
      await eventually('the approval is written down', async () => {
        approved += 1;
        const approval = { ...(job({ planApproval: 'Manual', approvedPlan: `p${approved}` }) as { spec: object }) };
        await apply(approval);
        const log = await readFile(audit, 'utf8');
        return /approved-plan":"[^"]+ approved plan p\d+ of [^/"]+\/tiles"/.test(log);
      });
    } finally {
      await controlPlane().kubectl(['delete', ...made]);
      await controlPlane().kubectl(['-n', namespace, 'delete', 'distillationjob', 'tiles', '--ignore-not-found']);
    }
  });

  it('the operator itself may change the finalizer and nothing else', async () => {
    const made = await policies('policies.sealSpecs=true');
    try {
      await apply(job({}));
      await grantAccess(controlPlane(), await installManifest());
      const asOperator = async (patch: object): Promise<string> =>
        await controlPlane().kubectl([
          '-n',
          namespace,
          'patch',
          'distillationjob',
          'tiles',
          '--type=merge',
          '-p',
          JSON.stringify(patch),
          `--as=system:serviceaccount:${installNamespace}:stratos`,
        ]);
      await eventually('a changed spec is refused', async () => {
        const refusal = await asOperator({ spec: { suspend: true } }).then(() => '', String);
        if (refusal === '') await asOperator({ spec: { suspend: false } });
        return /may change nothing of a DistillationJob but its status and its finalizer/.test(refusal);
      });
      await asOperator({ metadata: { finalizers: ['distill.stratos.dev/bookkeeping'] } });
      await asOperator({ metadata: { finalizers: null } });
    } finally {
      await controlPlane().kubectl(['delete', ...made]);
      await controlPlane().kubectl(['-n', namespace, 'delete', 'distillationjob', 'tiles', '--ignore-not-found']);
    }
  });

  it('are off by default', async () => {
    const manifests = await renderChart();
    assert.deepEqual(
      manifests.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy')),
      [],
    );
  });
});
