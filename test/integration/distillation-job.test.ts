// The whole operator on a real control plane, as a process with the chart's rights; pods are processes of the local node.
import assert from 'node:assert/strict';
import { AuditMark } from '../support/cluster-audit.ts';
import { aClaim, aDistillationJob } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { play, scenarios } from '../support/cluster-scenarios.ts';
import { withCluster } from '../support/cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { standInImages } from '../support/stage-image/images.ts';
import { lives } from './distillation-job/life.ts';
import { done } from './distillation-job/looks.ts';
import { pilots } from './distillation-job/pilots.ts';
import { troubles } from './distillation-job/trouble.ts';

describe('a DistillationJob', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 8)], images: standInImages() });
  let operator: OperatorProcess | undefined;
  let audit: AuditMark | undefined;
  before('start the operator', async () => {
    audit = await AuditMark.set(cluster().controlPlane.audit);
    operator = await cluster().startOperator();
  });
  after('stop the operator', async () => await operator?.stop());

  scenarios(cluster, { ...lives, ...pilots, ...troubles });

  it('asks for nothing that the chart does not grant', async () => {
    assert.deepEqual(await audit?.forbidden(), []);
  });

  it('survives a crash of the API server in mid-run', async () => {
    await play(cluster(), async (team, { controlPlane }) => {
      await team.apply(aClaim(), aDistillationJob('tiles', { script: { train: { milliseconds: 3000 } } }));
      await team.jobCondition('Trained', { status: 'Unknown', reason: 'Training' });
      await controlPlane.stopApiServer();
      await controlPlane.startApiServer();
      await done(team);
      const trained = (await team.stageJobs()).filter(({ metadata }) => metadata.name.startsWith('tiles-train-'));
      assert.equal(trained.length, 1);
    });
  });
});
