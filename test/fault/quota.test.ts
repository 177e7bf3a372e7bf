// Many jobs, tight quotas, two operators of which one dies again and again: no cap is exceeded at any revision, every job runs
// in the end, and the ledgers say what the pods say.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { shippedCatalogue } from '../../src/data/catalogue.ts';
import { distillationJobs, distillationQuotas } from '../../src/controllers/resources.ts';
import { inParallel } from '../support/cluster-lanes.ts';
import { aClaim, aDistillationJob, aDistillationQuota } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import type { Team } from '../support/cluster-team.ts';
import { withCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { startOperator } from '../support/operator-process.ts';
import { servingImage, trainerImage } from '../support/local-images.ts';
import { standInImages } from '../support/stage-image/images.ts';
import { QuotaWitness } from './quota-witness.ts';
import { Replicas } from './replicas.ts';

const teamCount = 10;
const jobsPerTeam = 20;
const kills = 20;
const limits = { cost: '3.00', gpuHours: '3', gpus: 2, jobs: 2 };
/** Of the pool's machines, from the catalogue. */
const perNodeHour = Number(
  shippedCatalogue.prices.find(
    ({ instanceType, region, capacityType }) =>
      instanceType === 'g6.48xlarge' && region === 'us-east-1' && capacityType === 'OnDemand',
  )?.perNodeHour,
);
const withinMs = 780_000;
/** Which replica dies, and how long after the one before. */
const death = fc.record({ index: fc.nat(1), afterMs: fc.integer({ min: 2000, max: 6000 }) });

describe('200 jobs under ten tight quotas, with two operators that die', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 8)], images: standInImages() });
  let teams: readonly Team[];
  let witness: QuotaWitness;
  let replicas: Replicas;

  before('let them all end', async () => {
    teams = await inParallel(4, Array.from({ length: teamCount }), () => cluster().newTeam());
    witness = new QuotaWitness(
      cluster().client,
      teams.map(({ namespace }) => namespace),
    );
    await witness.start();
    await inParallel(4, teams, (team) => team.apply(aClaim(), aDistillationQuota('team', { period: 'Month', limits })));
    const kubeconfig = await cluster().controlPlane.kubeconfigFor({ token: cluster().operatorToken });
    const options = { kubeconfig, trainerImage, servingImage, leaderElect: true };
    replicas = await Replicas.start(2, (index) =>
      startOperator({ ...options, identity: `replica-${index}`, logFile: `${cluster().dir}/replica-${index}.log` }),
    );
    await inParallel(8, teams, (team) =>
      team.apply(...Array.from({ length: jobsPerTeam }, (_, index) => aDistillationJob(`job-${index}`))),
    );
    for (const { index, afterMs } of fc.sample(death, { numRuns: kills, seed: 20 })) {
      await sleep(afterMs);
      await replicas.kill(index);
    }
    await eventually('every job has ended and is settled', async () => (await unsettled()) === 0, { withinMs });
  });

  after('stop the operators', async () => {
    await replicas?.stop();
    await witness?.stop();
    await Promise.all((teams ?? []).map((team) => team.disband()));
  });

  async function unsettled(): Promise<number> {
    const all = await Promise.all(teams.map((team) => team.list(distillationQuotas)));
    const entries = all.flat().flatMap(({ status }) => status?.entries ?? []);
    return teamCount * jobsPerTeam - entries.filter(({ state }) => state === 'Settled').length;
  }

  it('no cap was exceeded at any revision of the ledgers and the pods', () => {
    console.log(
      `      ${witness.ledgerRevisions} revisions of ledgers and ${witness.podRevisions} of pods seen, ${replicas.restarts} operators killed`,
    );
    assert.deepEqual([...new Set(witness.violations)], []);
    assert.ok(witness.ledgerRevisions > teamCount && witness.podRevisions > teamCount * jobsPerTeam);
  });

  it('every job succeeded', async () => {
    const jobs = (await Promise.all(teams.map((team) => team.list(distillationJobs)))).flat();
    const states = jobs.map(({ status }) => status?.conditions?.find(({ type }) => type === 'Succeeded')?.reason);
    assert.deepEqual(new Set(states), new Set(['Distilled']));
    assert.equal(states.length, teamCount * jobsPerTeam);
  });

  it('the ledgers are equal to what the pods say, and hold nothing any more', async () => {
    for (const team of teams) {
      const { status } = await team.get(distillationQuotas, 'team');
      assert.deepEqual(status?.reserved, { cost: '0.00', gpuSeconds: 0, gpus: 0, jobs: 0 });
      assert.equal(status?.spent?.gpuSeconds, witness.gpuSecondsOf(team.namespace), team.namespace);
      const difference = Number(status?.spent?.cost) - witness.costOf(team.namespace, perNodeHour);
      assert.ok(Math.abs(difference) < 0.01, `${team.namespace}: ${difference} USD apart`);
    }
  });
});
