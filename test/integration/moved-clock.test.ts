// The clock of the operator's machine is set forward by a day, then back, while a job runs under a quota and a deadline.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Pod } from '../../src/api/core.ts';
import { distillationJobs, distillationQuotas } from '../../src/controllers/resources.ts';
import { gpusOfPod } from '../../src/domain/planning/pod-claims.ts';
import type { Stored } from '../../src/kube/types.ts';
import { aClaim, aDistillationJob, aDistillationQuota } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { type Cluster, withCluster } from '../support/cluster.ts';
import type { Team } from '../support/cluster-team.ts';
import { eventually } from '../support/eventually.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { standInImages } from '../support/stage-image/images.ts';

const movedClock = resolve(import.meta.dirname, '../support/moved-clock.ts');

/** By the kubelet's times, of a pod that has ended. */
function gpuSecondsOf(pod: Stored<Pod>): number {
  const end = pod.status?.containerStatuses?.[0]?.state?.terminated?.finishedAt ?? '';
  return ((Date.parse(end) - Date.parse(pod.status?.startTime ?? '')) / 1000) * gpusOfPod(pod);
}

describe("the clock of the operator's machine", () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 1)], images: standInImages() });
  let operator: OperatorProcess;
  before('start the operator', async () => void (operator = await startOn(cluster())));
  after('stop the operator', async () => await operator?.stop());

  async function startOn(target: Cluster): Promise<OperatorProcess> {
    return await target.startOperator({ preload: movedClock, logFile: join(target.dir, 'moved.log') });
  }

  /** Sets the clock, and has the operator look at job and quota by it. */
  async function setClock(team: Team, to: string): Promise<void> {
    process.kill(operator.pid, 'SIGUSR2');
    const metadata = { annotations: { 'example.com/clock': to } };
    await team.patch(distillationJobs, 'tiles', { metadata });
    await team.patch(distillationQuotas, 'team', {
      metadata,
      spec: { limits: { cost: to === 'forward' ? '101.00' : '102.00' } },
    });
    await eventually('the quota was looked at', async () => {
      const {
        metadata: { generation },
        status,
      } = await team.get(distillationQuotas, 'team');
      return status?.observedGeneration === generation;
    });
  }

  /** How far off the machine's clock was, each time that it was set. */
  async function settings(): Promise<number[]> {
    const log = await readFile(join(cluster().dir, 'moved.log'), 'utf8');
    const times = [...log.matchAll(/"the clock was set","time":"([^"]+)"/g)].map(([, time = '']) => Date.parse(time));
    return times.map((time) => Math.round((time - Date.now()) / 86_400_000));
  }

  it('moves no bill, no period, no deadline and no grant, whichever way it is set', async () => {
    const team = await cluster().newTeam();
    try {
      await team.apply(aClaim(), aDistillationQuota('team', { period: 'Day', limits: { cost: '100.00' } }));
      await team.apply(
        aDistillationJob('tiles', { activeDeadlineSeconds: 3600, script: { train: { milliseconds: 8000 } } }),
      );
      await team.jobCondition('Trained', { reason: 'Training' });
      const { status: earlier } = await team.get(distillationQuotas, 'team');
      for (const to of ['forward', 'back']) await setClock(team, to);
      await team.jobCondition('Succeeded', { status: 'True' }, { withinMs: 90_000 });
      const ledger = await team.eventually('the job is settled', async () => {
        const { status } = await team.get(distillationQuotas, 'team');
        return status?.entries?.[0]?.state === 'Settled' && status;
      });
      assert.deepEqual(await settings(), [1, -1], 'the clock was set, in days');
      const pods = await team.pods();
      const used = pods.reduce((sum, pod) => sum + gpuSecondsOf(pod), 0);
      const { status } = await team.job();
      assert.equal(status?.cost?.gpuSeconds, used);
      assert.equal(ledger.spent?.gpuSeconds, used);
      assert.deepEqual(ledger.period, earlier?.period);
      assert.deepEqual(ledger.history ?? [], []);
      assert.ok(Math.abs(Date.parse(status.completionTime ?? '') - Date.now()) < 120_000, status.completionTime);
    } finally {
      await team.disband();
    }
  });
});
