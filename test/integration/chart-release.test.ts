// A release of the chart from its first version to its removal, by real Helm, with the operator as pods of the Deployment
// that the chart makes and under no other rights than the chart's. Both versions run this tree's operator: what is tested is
// that nothing of a cluster gets lost between the two charts.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Pod } from '../../src/api/core.ts';
import type { DistillationJob } from '../../src/api/v1alpha1/distillation-job.gen.ts';
import { distillationJobs, distillationQuotas } from '../../src/controllers/resources.ts';
import type { Stored } from '../../src/kube/types.ts';
import { helm, installNamespace, readManifests } from '../generate/manifests.ts';
import { aClaim, aDistillationJob, aDistillationQuota } from '../support/cluster-objects.ts';
import type { Team } from '../support/cluster-team.ts';
import { narrowings, type Schema } from '../support/crd-narrowing.ts';
import { eventually } from '../support/eventually.ts';
import { presentChart, previousChart, ReleaseCluster } from '../support/release.ts';

const crdNames = ['distillationjobs', 'distillationquotas', 'serverpools', 'studentdeployments'];
/**
 * Long enough for an upgrade to come in between, and to be watched. It is the first stage that is long: this tree's operator may
 * not write what the CRDs of the version before do not declare, and until a stage is charged it writes nothing new.
 */
const longFirst = { script: { profile: { milliseconds: 45_000 } } };

/** Taken away on purpose, each with its line under "Upgrading" in docs/install.md. */
const retired = [
  // Its one value that was not refused said what is done without it.
  'distillationjobs.spec.output.retention is gone',
];

const fullName = (name: string): string => `${name}.distill.stratos.dev`;

interface Crd {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[] };
}

const schemaOf = ({ spec }: Crd): Schema => spec.versions[0]?.schema.openAPIV3Schema ?? {};

async function crdsOfTree(): Promise<Map<string, Schema>> {
  const folder = resolve(import.meta.dirname, '../../crds');
  const texts = await Promise.all(crdNames.map((name) => readFile(join(folder, `${name}.yaml`), 'utf8')));
  const crds = texts.flatMap((text) => readManifests(text)) as unknown as Crd[];
  return new Map(crds.map((crd) => [crd.metadata.name, schemaOf(crd)]));
}

describe('the CRDs of the chart', () => {
  it('take every object of the version before, and lose no field of it but those that are retired', async () => {
    const previous = readManifests(await helm(['template', 'stratos', previousChart])) as unknown as Crd[];
    const before = previous.filter(({ kind }) => kind === 'CustomResourceDefinition');
    assert.deepEqual(before.map(({ metadata }) => metadata.name).toSorted(), crdNames.map(fullName));
    const now = await crdsOfTree();
    const lost = before.flatMap((crd) =>
      narrowings(schemaOf(crd), now.get(crd.metadata.name) ?? {}, crd.metadata.name.split('.')[0] ?? ''),
    );
    assert.deepEqual(lost, retired, 'an object of the version before would lose this, or be refused for it');
  });
});

describe('a release of the chart', function () {
  this.timeout(180_000);
  let cluster: ReleaseCluster;
  let team: Team;
  /** As the job and its pod were before the upgrade. */
  let earlier: { readonly job: Stored<DistillationJob>; readonly pods: readonly Stored<Pod>[] };

  before('start a cluster with nothing in it', async () => void (cluster = await ReleaseCluster.start()));
  after('stop it', async () => await cluster?.stop());

  async function crdsOfCluster(): Promise<Map<string, Schema>> {
    const list = JSON.parse(await cluster.controlPlane.kubectl(['get', 'crd', '-o', 'json'])) as { items: Crd[] };
    return new Map(list.items.map((crd) => [crd.metadata.name, schemaOf(crd)]));
  }

  async function operatorPods(): Promise<string[]> {
    const selector = 'app.kubernetes.io/component=operator';
    const names = await cluster.controlPlane.kubectl([
      'get',
      'pods',
      '-n',
      installNamespace,
      '-l',
      selector,
      '-o',
      'name',
    ]);
    return names.split('\n').filter((name) => name !== '');
  }

  it('is installed, its last version first, and its two replicas become ready', async () => {
    await cluster.helm('install', 'stratos', previousChart, '--create-namespace', '--wait', '--timeout', '90s');
    assert.equal((await operatorPods()).length, 2);
    assert.deepEqual([...(await crdsOfCluster()).keys()].toSorted(), crdNames.map(fullName));
  });

  it('runs a job under a quota', async () => {
    team = await cluster.newTeam();
    await team.apply(aClaim(), aDistillationQuota('team', { limits: { cost: '100.00', jobs: 1 } }));
    await team.apply(aDistillationJob('tiles', longFirst));
    await team.jobCondition('Profiled', { reason: 'Profiling' }, { withinMs: 90_000 });
    await team.eventually('its pod runs', async () => {
      return (await team.pods()).some(({ status }) => status?.phase === 'Running');
    });
    earlier = { job: await team.job(), pods: await team.pods() };
  });

  it('is upgraded meanwhile, its CRDs included', async () => {
    await cluster.helm('upgrade', 'stratos', presentChart, '--wait', '--timeout', '90s');
    const wanted = await crdsOfTree();
    const found = await crdsOfCluster();
    for (const [name, schema] of wanted) assert.deepEqual(found.get(name), schema, name);
    assert.match(await cluster.helm('list', '--output', 'json'), /"chart":"stratos-0\.2\.0"/);
  });

  it('has touched neither the job nor its pods by that', async () => {
    const [job, pods] = [await team.job(), await team.pods()];
    assert.equal(job.metadata.uid, earlier.job.metadata.uid);
    const { retention, ...output } = earlier.job.spec.output as DistillationJob['spec']['output'] & {
      retention?: string;
    };
    assert.equal(retention, 'Retain');
    // New fields may come with defaults of their own.
    assert.partialDeepStrictEqual(job.spec, { ...earlier.job.spec, output });
    assert.equal(job.metadata.generation, earlier.job.metadata.generation);
    const running = earlier.pods
      .filter(({ status }) => status?.phase === 'Running')
      .map(({ metadata }) => metadata.uid);
    assert.equal(running.length, 1);
    assert.deepEqual(
      pods.filter(({ metadata }) => running.includes(metadata.uid)).map(({ status }) => status?.phase),
      ['Running'],
    );
    assert.deepEqual(missingFrom(job.status, earlier.job.status), []);
  });

  it('lets the job end, each of its stages in the one pod that it began in', async () => {
    await team.jobCondition('Succeeded', { status: 'True' }, { withinMs: 120_000 });
    const pods = await team.pods();
    const stages = await team.stageJobs();
    assert.equal(pods.length, stages.length, pods.map(({ metadata }) => metadata.name).join(' '));
    assert.deepEqual(new Set(pods.map(({ status }) => status?.phase)), new Set(['Succeeded']));
    const failures = (await team.job()).status?.stages?.filter(({ state }) => state !== 'Succeeded');
    assert.deepEqual(failures, []);
  });

  it('keeps the ledger, and adds to it what the job has cost before and after', async () => {
    const status = await team.eventually('the job is settled', async () => {
      const { status: ledger } = await team.get(distillationQuotas, 'team');
      return ledger?.entries?.[0]?.state === 'Settled' && ledger;
    });
    const { cost } = (await team.job()).status ?? {};
    assert.ok(Number(cost?.spent) > 0);
    assert.equal(status.spent?.cost, cost?.spent);
    assert.equal(status.spent?.gpuSeconds, cost?.gpuSeconds);
    assert.equal(status.entries?.length, 1);
  });

  it('passes helm test, whose pod asks the replicas through their Service', async () => {
    const said = await cluster.helm('test', 'stratos', '--logs', '--timeout', '90s');
    assert.match(said, /Phase:\s+Succeeded/);
    assert.match(said, /replicas are ready, and one of them leads/);
  });

  it('fails helm test when nothing answers', async () => {
    const kubectl = (...args: string[]) => cluster.controlPlane.kubectl(['-n', installNamespace, ...args]);
    await kubectl('scale', 'deployment', 'stratos', '--replicas=0');
    await eventually('the replicas are gone', async () => (await operatorPods()).length === 0, { withinMs: 60_000 });
    await assert.rejects(cluster.helm('test', 'stratos', '--timeout', '120s'), /failed/);
    const log = await cluster.node.logs(installNamespace, 'stratos-test', 'test');
    assert.match(log, /not ready: /);
    await kubectl('delete', 'pod', 'stratos-test');
  });

  it('is uninstalled, and leaves the CRDs with all that is in them', async () => {
    await cluster.helm('uninstall', 'stratos', '--wait', '--timeout', '60s');
    assert.deepEqual(await operatorPods(), []);
    assert.equal((await crdsOfCluster()).size, crdNames.length);
    const [job, quota] = [await team.job(), await team.get(distillationQuotas, 'team')];
    assert.equal(job.metadata.uid, earlier.job.metadata.uid);
    assert.equal(job.status?.conditions?.find(({ type }) => type === 'Succeeded')?.status, 'True');
    assert.equal(quota.status?.spent?.cost, job.status?.cost?.spent);
  });

  it('is installed again over what it left, and goes on', async () => {
    await cluster.helm('install', 'stratos', presentChart, '--wait', '--timeout', '90s');
    await team.apply(aDistillationJob('next'));
    await team.jobCondition('Succeeded', { status: 'True' }, { name: 'next', withinMs: 90_000 });
    assert.equal((await team.list(distillationJobs)).length, 2);
  });
});

/** Paths of fields that were there and are not any more. */
function missingFrom(now: unknown, then: unknown, path = 'status'): string[] {
  if (then === undefined || then === null) return [];
  if (now === undefined || now === null) return [path];
  if (typeof then !== 'object') return [];
  return Object.entries(then).flatMap(([key, value]) => {
    return missingFrom((now as Record<string, unknown>)[key], value, `${path}.${key}`);
  });
}
