import assert from 'node:assert/strict';
import type { Pod } from '../../../../src/api/core.ts';
import { assertGolden } from '../../../support/builders/golden.ts';
import { aJob } from '../../../support/builders/job.ts';
import { merge } from '../../../support/builders/merge.ts';
import { aPod } from '../../../support/builders/pod.ts';
import { aPool } from '../../../support/builders/pool.ts';
import { assertRestricted } from '../../../support/builders/restricted.ts';
import { ofJob, type Stage, stage, whole } from './stage.ts';

const artifact = { uri: 'pvc://students/tiles', digest: 'sha256:abc' };

describe('the name of a student', () => {
  const others = { metadata: { name: 'tiles', namespace: 'team-a' } };

  it('does not take the Service of somebody else, and waits until it is free', () => {
    const s = stage();
    s.service = { apiVersion: 'v1', kind: 'Service', ...others, spec: { selector: { app: 'shop' }, ports: [] } };
    assert.equal(s.settle().condition('Ready'), 'Unknown NameTaken');
    assert.deepEqual([s.applied, s.service.spec.selector], [0, { app: 'shop' }]);
    s.service = undefined;
    assert.equal(s.settle().condition('Ready'), 'False ReplicasUnavailable');
  });

  it('nor the Deployment', () => {
    const ours = stage().settle().deployment;
    assert.ok(ours);
    const s = Object.assign(stage(), { deployment: { ...ours, ...others } });
    assert.equal(s.settle().condition('Ready'), 'Unknown NameTaken');
    assert.equal(s.applied, 0);
  });
});

describe('the pool of a student', () => {
  const cheap = aPool('cheap').price('0.50').build();
  const dear = aPool('dear').price('5.00').build();
  const placed = (s: Stage) => `${s.settle().status.placement?.pool} ${s.status.placement?.reason}`;

  it('is the cheapest that fits', () =>
    assert.equal(placed(Object.assign(stage(), { pools: [dear, cheap] })), 'cheap CheapestFit'));

  it('is kept when a cheaper one comes, and so is the reason for it', () => {
    const s = Object.assign(stage(), { pools: [dear] });
    placed(s);
    s.pools = [cheap, dear];
    assert.equal(placed(s), 'dear CheapestFit');
  });

  it('is kept while its nodes are not ready for a moment', () => {
    const s = Object.assign(stage(), { pools: [cheap, dear] });
    placed(s);
    s.pools = [{ ...cheap, nodes: cheap.nodes.map((node) => ({ ...node, ready: false })) }, dear];
    assert.equal(placed(s), 'cheap CheapestFit');
  });

  it('is left when the spec rules it out', () => {
    const s = Object.assign(stage(), { pools: [cheap, dear] });
    placed(s);
    const poolSelector = { matchLabels: { 'distill.stratos.dev/pool': 'dear' } };
    s.student = { ...s.student, spec: merge(s.student.spec, { placement: { poolSelector } }) };
    assert.equal(placed(s), 'dear CheapestFit');
  });

  it('is the one that the spec names', () => {
    assert.equal(
      placed(Object.assign(stage({ placement: { poolName: 'dear' } }), { pools: [cheap, dear] })),
      'dear PoolNamed',
    );
  });

  it('is the one that the plan of the job chose, with its GPUs', () => {
    const selected = {
      teacher: 'tiny',
      student: 'small',
      strategy: 'KnowledgeAlignment',
      method: 'Full',
      servingPool: 'dear',
      servingGpus: 2,
    };
    const s = Object.assign(stage(ofJob), { pools: [cheap, aPool('dear').gpus('L4', 4).build()] });
    s.source = aJob()
      .status({ artifact, plan: { id: 'p', selected } })
      .build();
    assert.equal(placed(s), 'dear PlannedByJob');
    assert.equal(s.status.placement?.gpus, 2);
  });

  it('is awaited, and what serves goes on serving', () => {
    const s = stage().settle().rolledOut(whole(1));
    s.pools = [];
    s.settle();
    assert.deepEqual(
      [s.condition('Placed'), s.condition('Ready'), s.condition('Reconciling')],
      ['False NoFeasiblePool', 'True Available', 'True Progressing'],
    );
  });
});

const onNode = (pod: Pod): Pod => ({ ...pod, spec: { ...pod.spec, nodeName: 'gpus-1' } });

describe('the rollout of a student', () => {
  it('is announced once and reported until it is complete', () => {
    const s = stage({ replicas: 2 });
    assert.deepEqual(
      s.look().events.map(({ reason }) => reason),
      ['RolloutStarted'],
    );
    s.settle();
    assert.deepEqual(
      [s.condition('Progressing'), s.condition('Ready'), s.status.readyRatio],
      ['True RollingOut', 'False ReplicasUnavailable', '0/2'],
    );
    s.rolledOut({ replicas: 2, updatedReplicas: 2, readyReplicas: 1, availableReplicas: 1 });
    assert.equal(s.condition('Ready'), 'False ReplicasUnavailable');
    s.rolledOut(whole(2));
    assert.deepEqual(
      [s.condition('Progressing'), s.condition('Ready'), s.condition('Reconciling')],
      ['True RolloutComplete', 'True Available', 'absent'],
    );
    assert.equal(s.status.currentRevision, s.status.updateRevision);
  });

  it('keeps Ready while an old revision answers', () => {
    const s = stage().settle().rolledOut(whole(1));
    s.student = { ...s.student, spec: merge(s.student.spec, { runtime: { args: ['--seed', '1'] } }) };
    s.settle();
    assert.deepEqual([s.condition('Ready'), s.condition('Progressing')], ['True RollingOut', 'True RollingOut']);
    assert.notEqual(s.status.currentRevision, s.status.updateRevision);
  });

  it('does not believe counts of an older generation', () => {
    const s = stage()
      .settle()
      .rolledOut({ ...whole(1), observedGeneration: 0 });
    assert.equal(s.condition('Progressing'), 'True RollingOut');
  });

  it('is stuck when the Deployment says so', () => {
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    const s = stage().settle().rolledOut({ replicas: 1, conditions });
    assert.deepEqual(
      [s.condition('Progressing'), s.condition('Stalled'), s.condition('Reconciling')],
      ['False ProgressDeadlineExceeded', 'True ProgressDeadlineExceeded', 'absent'],
    );
    s.rolledOut(whole(1));
    assert.equal(s.condition('Stalled'), 'absent');
  });

  it('tells why a pod does not start', () => {
    const s = stage().settle();
    s.pods = [aPod('tiles-abc').waiting('ImagePullBackOff', 'back-off pulling image').build()];
    s.settle();
    assert.equal(s.condition('Ready'), 'False ImagePullBackOff');
  });

  it('repeats why no pod may be created', () => {
    const conditions = [
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota: gpus' },
    ];
    const s = stage().settle().rolledOut({ replicas: 0, conditions });
    assert.equal(s.condition('Ready'), 'False FailedCreate');
    s.rolledOut(whole(1));
    assert.equal(s.condition('Ready'), 'True Available');
  });

  it('keeps its room when the extra pod takes the last GPU, until the old one is gone', () => {
    const s = stage().settle();
    const surge = s.deployment?.spec.strategy;
    s.pools = [aPool().free(0).build()];
    s.pods = ['old', 'new'].map((name) => onNode(aPod(name).running('2026-03-01T12:00:00Z').build()));
    assert.deepEqual(s.settle().deployment?.spec.strategy, surge);
    s.pods = [onNode(aPod('old').running('2026-03-01T12:00:00Z').build()), aPod('new').unschedulable('no GPU').build()];
    assert.deepEqual(s.settle().deployment?.spec.strategy?.rollingUpdate, { maxSurge: 0, maxUnavailable: 1 });
  });

  it('replaces pods in place where no GPU is free for one more', () => {
    const roomy = stage().settle().deployment?.spec.strategy?.rollingUpdate;
    assert.deepEqual(
      [roomy?.maxSurge, roomy?.maxUnavailable],
      [stage().student.spec.rollout.maxSurge, stage().student.spec.rollout.maxUnavailable],
    );
    const full = Object.assign(stage(), { pools: [aPool().free(0).build()] });
    // A pool without a free GPU is chosen by name: nothing else may be there.
    full.student = { ...full.student, spec: merge(full.student.spec, { placement: { poolName: 'gpus' } }) };
    assert.deepEqual(full.settle().deployment?.spec.strategy?.rollingUpdate, { maxSurge: 0, maxUnavailable: 1 });
  });
});

describe('the server of a student', () => {
  const goldens: Record<string, Stage> = {
    'student-from-a-claim': stage(),
    'student-from-an-image-on-four-gpus': Object.assign(
      stage({
        model: { uri: undefined, image: { reference: 'registry.test/tiles@sha256:abc', path: '/model' } },
        runtime: {
          servedModelName: 'tiles-v1',
          maxModelLength: 2048,
          dtype: 'BFloat16',
          args: ['--seed', '1'],
          env: [{ name: 'HF_HOME', value: '/cache' }],
        } as never,
        placement: { poolName: 'gpus' },
        replicas: 3,
      }),
      { pools: [aPool().gpus('L4', 8).build()] },
    ),
    'student-from-a-hub-with-adapters': Object.assign(
      stage({
        model: { uri: 'hf://acme/tiles@v2', secretRef: { name: 'hub' } },
        adapters: [
          { name: 'polite', uri: 'hf://acme/polite' },
          { name: 'terse', uri: 'pvc://adapters/terse' },
          { name: 'terser', uri: 'pvc://adapters/terser' },
        ],
        runtime: { cacheClaimName: 'models', image: 'registry.test/vllm@sha256:abc' },
        // Older than bfloat16.
      }),
      { pools: [aPool().gpus('T4', 1).build()] },
    ),
    'student-from-a-bucket': stage({ model: { uri: 's3://bucket/tiles', secretRef: { name: 'bucket' } } }),
  };
  for (const [name, s] of Object.entries(goldens)) {
    it(`is written as test/golden/${name}.yaml`, () => {
      const { deployment, service } = s.settle();
      assert.ok(deployment);
      assertRestricted(deployment.spec.template.spec);
      assertGolden(name, {
        deployment: { ...deployment, metadata: { ...deployment.metadata, generation: undefined } },
        service,
      });
    });
  }

  it('is not replaced when a smaller node joins its pool, unless nothing is left that it fits', () => {
    const s = stage().settle();
    const pool = aPool().build();
    const sized = (gib: number) => pool.nodes.map((node) => ({ ...node, totalMemoryBytes: gib * 1024 ** 3 }));
    const before = s.status.updateRevision;
    s.pools = [{ ...pool, nodes: [...pool.nodes, ...sized(60)] }];
    assert.equal(s.settle().status.updateRevision, before);
    s.pools = [{ ...pool, nodes: sized(16) }];
    assert.notEqual(s.settle().status.updateRevision, before);
  });

  it('has each variable once, and the user has the last word', () => {
    const env = stage({ runtime: { env: [{ name: 'HF_HOME', value: '/cache' }] } }).settle().deployment?.spec.template
      .spec.containers[0]?.env;
    assert.deepEqual(
      env?.filter(({ name }) => name === 'HF_HOME'),
      [{ name: 'HF_HOME', value: '/cache' }],
    );
  });

  it('is one replica unless somebody scales it', () => {
    assert.equal(stage().settle().deployment?.spec.replicas, 1);
    assert.equal(stage({ replicas: 0 }).settle().deployment?.spec.replicas, 0);
  });
});

describe('what this version cannot serve', () => {
  const cases: Record<string, { spec: object; want: RegExp }> = {
    'idle replicas of an HPA': {
      spec: { autoscaling: { maxReplicas: 3, provider: 'HPA', idleReplicas: 0 } },
      want: /spec\.autoscaling\.idleReplicas/,
    },
    'idle replicas other than none of KEDA': {
      spec: { autoscaling: { minReplicas: 2, maxReplicas: 3, provider: 'KEDA', idleReplicas: 1 } },
      want: /spec\.autoscaling\.idleReplicas/,
    },
    'a folder on the web': { spec: { model: { uri: 'https://example.dev/tiles' } }, want: /spec\.model\.uri/ },
    'an adapter in a bucket': {
      spec: { adapters: [{ name: 'polite', uri: 's3://bucket/polite' }] },
      want: /spec\.adapters\[polite\]\.uri/,
    },
    'a revision of an adapter': {
      spec: { adapters: [{ name: 'polite', uri: 'hf://acme/polite@v1' }] },
      want: /spec\.adapters\[polite\]\.uri must have no @REVISION/,
    },
    'two Secrets for one server': {
      spec: {
        model: { uri: 'hf://acme/tiles', secretRef: { name: 'hub' } },
        adapters: [{ name: 'polite', uri: 'hf://acme/polite', secretRef: { name: 'other' } }],
      },
      want: /one secretRef/,
    },
  };
  for (const [name, tc] of Object.entries(cases)) {
    it(`is refused by its field: ${name}`, () => {
      const s = stage(tc.spec).settle();
      assert.deepEqual(
        [s.condition('Ready'), s.condition('Stalled'), s.deployment],
        ['False Unsupported', 'True Unsupported', undefined],
      );
      assert.match(s.status.conditions?.[0]?.message ?? '', tc.want);
    });
  }

  it('is forgotten once the spec is mended', () => {
    const s = stage({ model: { uri: 'https://example.com/tiles' } }).settle();
    s.student = { ...s.student, spec: merge(s.student.spec, { model: { uri: 'hf://example/tiles' } }) };
    s.settle().rolledOut(whole(1));
    assert.deepEqual([s.condition('Ready'), s.condition('Stalled')], ['True Available', 'absent']);
  });
});
