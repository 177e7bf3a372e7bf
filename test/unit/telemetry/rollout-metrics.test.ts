import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { registerRolloutMetrics } from '../../../src/telemetry/rollout-metrics.ts';
import { aStudentDeployment } from '../../support/builders/student.ts';

const progressing = (name: string, reason: string) =>
  aStudentDeployment(name)
    .status({
      conditions: [
        { type: 'Progressing', status: 'True', reason, message: '', lastTransitionTime: '2026-03-01T12:00:00Z' },
      ],
    })
    .build();

describe('the metric of rollouts', () => {
  it('counts students by what their rollout does, and forgets those that are gone', async () => {
    const registry = new Registry();
    let students = [progressing('a', 'RolledBack'), progressing('b', 'RolledBack'), progressing('c', 'RollingOut')];
    registerRolloutMetrics(registry, { list: () => students });
    const rolledBack = 'stratos_student_rollouts{namespace="team-a",reason="RolledBack"}';
    assert.match(await registry.metrics(), new RegExp(`${rolledBack.replaceAll(/[{}]/g, '\\$&')} 2`));
    students = [aStudentDeployment('new').build()];
    assert.doesNotMatch(await registry.metrics(), /reason=/);
  });
});
