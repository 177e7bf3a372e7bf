import assert from 'node:assert/strict';
import type { DistillationJob } from '../../../../src/api/v1alpha1/distillation-job.gen.ts';
import { aJob } from '../../../support/builders/job.ts';
import { merge } from '../../../support/builders/merge.ts';
import { ofJob, stage, whole } from './stage.ts';

const artifact = { uri: 'pvc://students/tiles', digest: 'sha256:abc' };

describe('the weights of a student', () => {
  const cases: Record<string, { source?: DistillationJob; want: Record<string, string>; wantUri?: string }> = {
    'are awaited while the job does not exist': {
      want: { ModelAvailable: 'False JobNotFound', Ready: 'Unknown ModelPending', Reconciling: 'True Progressing' },
    },
    'are awaited while the job runs': {
      source: aJob().build(),
      want: { ModelAvailable: 'Unknown JobRunning', Ready: 'Unknown ModelPending', Stalled: 'absent' },
    },
    'never come from a job that failed': {
      source: aJob()
        .status({
          conditions: [
            {
              type: 'Failed',
              status: 'True',
              reason: 'AccuracyNotMet',
              message: 'm',
              lastTransitionTime: '2026-03-01T12:00:00Z',
            },
          ],
        })
        .build(),
      want: {
        ModelAvailable: 'False JobFailed',
        Ready: 'False JobFailed',
        Stalled: 'True JobFailed',
        Reconciling: 'absent',
      },
    },
    'are those that the job has published': {
      source: aJob().status({ artifact }).build(),
      want: { ModelAvailable: 'True Resolved', Placed: 'True PoolSelected', Ready: 'False ReplicasUnavailable' },
      wantUri: artifact.uri,
    },
  };
  for (const [name, tc] of Object.entries(cases)) {
    it(name, () => {
      const s = stage(ofJob);
      s.source = tc.source;
      s.settle();
      assert.deepEqual(Object.fromEntries(Object.keys(tc.want).map((type) => [type, s.condition(type)])), tc.want);
      assert.equal(s.status.modelUri, tc.wantUri);
      assert.equal(s.deployment === undefined, tc.wantUri === undefined);
    });
  }

  it('make a new revision when their digest changes under the same name', () => {
    const s = stage(ofJob);
    s.source = aJob().status({ artifact }).build();
    const before = s.settle().status.updateRevision;
    s.source = aJob()
      .status({ artifact: { ...artifact, digest: 'sha256:def' } })
      .build();
    assert.notEqual(s.settle().status.updateRevision, before);
  });
});

describe('a student whose job is gone, or starts anew', () => {
  const served = () => {
    const s = stage(ofJob);
    s.source = aJob().status({ artifact }).build();
    s.settle().rolledOut(whole(1));
    return s;
  };

  for (const [name, source] of Object.entries({ deleted: undefined, 'running anew': aJob().build() })) {
    it(`goes on serving what it served, and says so: ${name}`, () => {
      const s = served();
      const before = s.status.updateRevision;
      s.source = source;
      assert.equal(s.settle().condition('Ready'), 'True Available');
      assert.notEqual(s.condition('ModelAvailable'), 'True Resolved');
      assert.equal(s.status.updateRevision, before, 'no new revision');
    });
  }

  it('can still be scaled', () => {
    const s = served();
    s.source = undefined;
    s.student = { ...s.student, spec: { ...s.student.spec, replicas: 3 } };
    assert.equal(s.settle().deployment?.spec.replicas, 3);
  });
});

describe('the digest of the weights', () => {
  it('does not outlive them', () => {
    const s = stage(ofJob);
    s.source = aJob().status({ artifact }).build();
    assert.equal(s.settle().status.modelDigest, artifact.digest);
    s.student = {
      ...s.student,
      spec: merge(s.student.spec, { model: { distillationJobRef: undefined, uri: 'hf://a/b' } }),
    };
    assert.equal(s.settle().status.modelDigest, undefined);
  });
});

describe('a student published in fewer bits', () => {
  const packed = () => {
    const s = stage(ofJob);
    s.source = aJob()
      .status({ artifact: { ...artifact, quantization: 'INT4' } })
      .build();
    s.student = {
      ...s.student,
      spec: merge(s.student.spec, { runtime: { quantization: 'FP8' } }),
    };
    return s.settle();
  };
  const args = (s: ReturnType<typeof stage>) => s.deployment?.spec.template.spec.containers[0]?.args ?? [];

  it('says so itself: the server is not told to quantise', () => {
    const s = packed();
    assert.equal(s.status.modelQuantization, 'INT4');
    assert.ok(!args(s).includes('--quantization'), args(s).join(' '));
  });

  it('still does when its job is gone', () => {
    const s = packed();
    s.source = undefined;
    assert.ok(!args(s.settle()).includes('--quantization'));
  });

  it('is no longer once other weights are served', () => {
    const s = packed();
    s.source = aJob()
      .status({ artifact: { ...artifact, digest: 'sha256:def' } })
      .build();
    assert.equal(s.settle().status.modelQuantization, undefined);
    assert.ok(args(s).includes('--quantization'));
  });
});

describe('a commit of the hub', () => {
  it('is what is served, and not whatever the repository holds that day', () => {
    const s = stage(ofJob);
    s.source = aJob()
      .status({ artifact: { ...artifact, uri: 'hf://acme/tiles@0123abc' } })
      .build();
    const args = s.settle().deployment?.spec.template.spec.containers[0]?.args ?? [];
    assert.deepEqual(args.slice(0, 3), ['acme/tiles', '--revision', '0123abc']);
  });
});
