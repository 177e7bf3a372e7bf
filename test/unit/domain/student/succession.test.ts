import assert from 'node:assert/strict';
import type { Deployment } from '../../../../src/api/core.ts';
import { aPool } from '../../../support/builders/pool.ts';
import { type Stage, stage, whole } from './stage.ts';

type Spec = NonNullable<Parameters<typeof stage>[0]>;

/** A student that serves from a Deployment as a version made it that knew no tracks. */
function old(spec: Spec = {}): Stage {
  const s = stage({ replicas: 2, runtime: { args: ['--seed', '1'] }, ...spec });
  s.pools = [aPool().gpus('L4', 8).build()];
  s.settle().answered();
  const { deployment } = s;
  assert.ok(deployment);
  const { [`distill.stratos.dev/track`]: _, ...matchLabels } = deployment.spec.selector.matchLabels;
  const labels = { ...deployment.spec.template.metadata.labels };
  delete labels['distill.stratos.dev/track'];
  const template = { ...deployment.spec.template, metadata: { ...deployment.spec.template.metadata, labels } };
  const metadata = { ...deployment.metadata, uid: 'old' };
  s.deployment = { ...deployment, metadata, spec: { ...deployment.spec, selector: { matchLabels }, template } };
  return s;
}

const trackLabels = (deployment: Deployment | undefined) =>
  Object.keys(deployment?.spec.selector.matchLabels ?? {}).length;
const picture = (s: Stage) =>
  [s.deployment, s.canary]
    .map((one) => (one === undefined ? '-' : `${one.spec.replicas} by ${trackLabels(one)} label(s)`))
    .join(', ');

describe('a Deployment with the selector of an older version', () => {
  it('is replaced by way of a second one, and the replicas answer all the while', () => {
    const s = old().settle();
    const seen: string[] = [];
    const look = (): void => void seen.push(`${picture(s)}; ${s.condition('Ready')}; ${s.condition('Progressing')}`);
    look();
    s.answered();
    look();
    s.answered();
    look();
    assert.deepEqual(seen, [
      '2 by 1 label(s), 2 by 2 label(s); True RollingOut; True Replacing',
      '2 by 2 label(s), 2 by 2 label(s); True RollingOut; True Replacing',
      '2 by 2 label(s), -; True Available; True RolloutComplete',
    ]);
  });

  it('is not touched while the second one has no room, and the way out is said', () => {
    const s = old().settle();
    const message = s.status.conditions?.find(({ type }) => type === 'Progressing')?.message ?? '';
    assert.match(message, /room for all replicas twice.*kubectl delete deployment tiles/);
    assert.equal(s.deployment?.metadata.uid, 'old');
    // Somebody takes the way out.
    s.deployment = undefined;
    s.settle().answered();
    assert.equal(picture(s.answered()), '2 by 2 label(s), -');
  });

  it('is replaced with what served last, and the newest revision is tried only then', () => {
    const steps = [{ weightPercentage: 50, pauseSeconds: 60 }];
    const s = old({ rollout: { strategy: 'Canary', steps } });
    s.student = {
      ...s.student,
      spec: { ...s.student.spec, runtime: { ...s.student.spec.runtime, args: ['--seed', '2'] } },
    };
    s.settle();
    const seed = (one: Deployment | undefined) =>
      /--seed (\d)/.exec(one?.spec.template.spec.containers[0]?.args?.join(' ') ?? '')?.[1];
    assert.deepEqual([seed(s.canary), s.condition('Progressing')], ['1', 'True Replacing']);
    s.answered();
    assert.deepEqual([seed(s.deployment), seed(s.canary), trackLabels(s.deployment)], ['1', '1', 2]);
    s.answered();
    assert.deepEqual(
      [seed(s.deployment), seed(s.canary), s.condition('Progressing')],
      ['1', '2', 'True CanaryStarting'],
    );
  });

  it('is left alone while the name of the second is taken by somebody else', () => {
    const s = old();
    assert.ok(s.deployment);
    s.canary = { ...s.deployment, metadata: { name: 'tiles-canary', namespace: 'team-a' } };
    assert.equal(s.settle().condition('Progressing'), 'True Replacing');
    assert.equal(s.canary.metadata.uid, undefined);
    s.rolledOut(whole(2));
    assert.equal(s.deployment.metadata.uid, 'old');
  });
});
