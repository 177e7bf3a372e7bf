import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Job } from '../../../../src/api/core.ts';
import { buildStageJob, type StageJobInput } from '../../../../src/domain/distillation/stage-job.ts';
import { parseStageMessage } from '../../../../src/domain/distillation/stage-result.ts';
import { stageNames } from '../../../../src/domain/distillation/stage.ts';
import { assertGolden } from '../../../support/builders/golden.ts';
import { aJob } from '../../../support/builders/job.ts';
import { noCeiling } from '../../../../src/domain/pod-ceiling.ts';
import { aPool } from '../../../support/builders/pool.ts';
import { assertRestricted } from '../../../support/builders/restricted.ts';
import { failure, goodResults, success, twoStudents } from '../../../support/builders/results.ts';

const ajv = new Ajv2020({ strict: false, allErrors: true });
const schema = (name: string): object => JSON.parse(readFileSync(`trainer-image/schemas/${name}.v1.json`, 'utf8'));
const isConfig = ajv.compile(schema('stage-config'));
const isResult = ajv.compile(schema('stage-result'));

const choice = { teacher: 'tiny', student: 'small', strategy: 'KnowledgeAlignment', method: 'Full' };
const pilot = { ...choice, name: 'small-1a2b3c4d', rung: 1, state: 'Running', steps: 40, rows: 640 } as const;
const gpus = { pool: aPool().gpus('L4', 4).build(), gpus: 2 };
const cpus = { pool: aPool('cpus').withoutGpus().build(), gpus: 0 };

function anInput(changes: Partial<StageJobInput> = {}): StageJobInput {
  return {
    job: aJob().build(),
    stage: 'Train',
    attempt: 1,
    choice,
    jobName: 'tiles-train-1-2c26b46b',
    workspaceClaim: 'tiles-workspace-5f3a1c09',
    pool: gpus,
    ceiling: noCeiling,
    image: 'trainer:test',
    progress: undefined,
    podUserId: 1000,
    endpointBudget: undefined,
    ...changes,
  };
}

function documentOf(job: Job): Record<string, unknown> {
  return JSON.parse(envOf(job).get('STRATOS_STAGE_CONFIG') ?? '');
}

function envOf({ spec }: Job): Map<string, string | undefined> {
  return new Map(spec.template.spec.containers[0]?.env?.map(({ name, value }) => [name, value]));
}

const rich = aJob()
  .spec({
    task: {
      train: { uri: 'configmap://examples/train.jsonl' },
      evaluation: { uri: 's3://datasets/test.jsonl', secretRef: { name: 'bucket' } },
      knowledge: { uri: 'pvc://datasets/rules', secretRef: { name: 'rules' }, passages: 6 },
      systemPrompt: 'Answer with tiles.',
      format: { type: 'Chat' },
      metric: {
        type: 'Judge',
        judge: {
          endpoint: { url: 'https://judge.example/v1', model: 'critic', secretRef: { name: 'judge', key: 'token' } },
          instructions: 'Order does not matter.',
          votes: 3,
        },
      },
    },
    teachers: [
      {
        name: 'tiny',
        endpoint: {
          url: 'https://models.example/v1',
          model: 'large',
          secretRef: { name: 'api', key: 'token' },
          pricing: { inputPerMillionTokens: '2.50', outputPerMillionTokens: '10.00' },
          maxConcurrentRequests: 4,
        },
      },
      { name: 'other', uri: 'hf://acme/other', secretRef: { name: 'hub' } },
    ],
    output: { uri: 'pvc://students/tiles', secretRef: { name: 'writer' } },
    training: { learningRate: '0.003', batchSize: 128, maxSteps: 500, precision: 'BFloat16', loss: 'SequenceLevel' },
    synthesis: { shards: 4, maxRows: 5000 },
    constraints: { maxTrainingSeconds: 3600 },
    priorityClassName: 'batch',
    podTemplate: {
      labels: { team: 'a', 'distill.stratos.dev/job': 'mine' },
      env: [
        { name: 'HF_TOKEN', valueFrom: { secretKeyRef: { name: 'hub', key: 'token' } } },
        { name: 'HOME', value: '/root' },
      ],
      tolerations: [{ key: 'spot', operator: 'Exists' }],
      resources: { requests: { cpu: '2' } },
    } as never,
  })
  .build();

const goldens: Record<string, StageJobInput> = {
  'stage-job-profile-on-cpus': anInput({
    stage: 'Profile',
    choice: undefined,
    jobName: 'tiles-profile-1-5f3a1c09',
    pool: cpus,
  }),
  'stage-job-train-with-progress': anInput({ progress: { url: 'https://progress.test:8443', caPem: 'CERTIFICATE' } }),
  'stage-job-synthesize-of-a-rich-spec': anInput({
    job: rich,
    stage: 'Synthesize',
    jobName: 'tiles-synthesize-1-2c26b46b',
  }),
};

describe('the Job of a stage', () => {
  for (const [name, input] of Object.entries(goldens)) {
    it(`is written as test/golden/${name}.yaml`, () => assertGolden(name, buildStageJob(input)));
  }

  for (const stage of stageNames) {
    for (const [kind, job] of Object.entries({ 'the smallest': aJob().build(), 'a rich': rich })) {
      it(`of ${stage} for ${kind} spec has a document that the trainer accepts, and passes the restricted standard`, () => {
        const built = buildStageJob(
          anInput({
            job,
            stage,
            choice: stage === 'Profile' ? undefined : choice,
            pilot: stage === 'Pilot' ? pilot : undefined,
          }),
        );
        const document = documentOf(built);
        assert.ok(isConfig(document), ajv.errorsText(isConfig.errors));
        assertRestricted(built.spec.template.spec);
      });
    }
  }

  it('of a trial says which, how long and how much, and is stopped when its money is spent', () => {
    const built = buildStageJob(anInput({ stage: 'Pilot', pilot: { ...pilot, deadlineSeconds: 900 } }));
    assert.deepEqual(documentOf(built)['pilot'], { name: 'small-1a2b3c4d', rung: 1, steps: 40, rows: 640 });
    assert.equal(built.spec.activeDeadlineSeconds, 900);
    assert.equal(buildStageJob(anInput({ stage: 'Pilot', pilot })).spec.activeDeadlineSeconds, undefined);
  });

  it('of a repeated probe asks the teachers that are undecided, one student, and more examples', () => {
    const job = aJob()
      .spec({
        teachers: [
          { name: 'tiny', uri: 'builtin://models/tiny-teacher' },
          { name: 'sure', uri: 'pvc://models/sure' },
        ],
        students: twoStudents,
      })
      .build();
    const probe = { samples: 800, teachers: ['tiny'] };
    const document = documentOf(buildStageJob(anInput({ job, stage: 'Profile', choice: undefined, probe })));
    const names = (field: string) => (document[field] as { name: string }[]).map(({ name }) => name);
    assert.deepEqual([names('teachers'), names('students')], [['tiny'], ['small']]);
    assert.equal((document['task'] as { probeSamples: number }).probeSamples, 800);
    assert.ok(isConfig(document), ajv.errorsText(isConfig.errors));
  });

  it('is the same, byte for byte, for the same input', () => {
    assert.equal(JSON.stringify(buildStageJob(anInput())), JSON.stringify(buildStageJob(anInput())));
  });

  it('carries no value of a Secret and names the one that it needs', () => {
    const built = buildStageJob(anInput({ job: rich, stage: 'Synthesize' }));
    const tokens = built.spec.template.spec.containers[0]?.env?.filter(({ name }) => name.startsWith('STRATOS_TOKEN'));
    assert.deepEqual(tokens, [
      { name: 'STRATOS_TOKEN_0', valueFrom: { secretKeyRef: { name: 'judge', key: 'token' } } },
      { name: 'STRATOS_TOKEN_1', valueFrom: { secretKeyRef: { name: 'api', key: 'token' } } },
    ]);
    assert.match(JSON.stringify(documentOf(built)['teachers']), /"tokenEnv":"STRATOS_TOKEN_1"/);
  });

  it('carries no token into stages that ask nobody', () => {
    for (const stage of ['Train', 'Publish'] as const)
      assert.doesNotMatch(JSON.stringify(buildStageJob(anInput({ job: rich, stage }))), /STRATOS_TOKEN/);
  });

  const secretsOf: Record<string, { stage: StageJobInput['stage']; wantSecrets: string[] }> = {
    'of every model and of the data, to measure them': { stage: 'Profile', wantSecrets: ['bucket', 'hub'] },
    'of the data and the knowledge, to generate from them': {
      stage: 'Synthesize',
      wantSecrets: ['bucket', 'rules'],
    },
    'of nothing, to train on what was generated': { stage: 'Train', wantSecrets: [] },
    'of the data, to evaluate on it': { stage: 'Evaluate', wantSecrets: ['bucket'] },
    'of the output alone, to publish': { stage: 'Publish', wantSecrets: ['writer'] },
  };
  for (const [name, { stage, wantSecrets }] of Object.entries(secretsOf)) {
    it(`has the keys ${name}`, () => {
      const built = buildStageJob(anInput({ job: rich, stage, choice: stage === 'Profile' ? undefined : choice }));
      const { containers, volumes } = built.spec.template.spec;
      assert.deepEqual(
        volumes?.flatMap(({ secret }) => secret?.secretName ?? []),
        wantSecrets,
      );
      const named = JSON.stringify(documentOf(built)).match(/(?<="credentials":")[^"]+/g) ?? [];
      const mounted = containers[0]?.volumeMounts?.filter(({ name }) => name.startsWith('secret-'));
      assert.deepEqual([...new Set(named)].sort(), mounted?.map(({ mountPath }) => mountPath).sort());
      assert.ok(mounted?.every(({ readOnly }) => readOnly));
    });
  }

  it('tells what may be spent on APIs, and nothing where nothing limits it', () => {
    assert.deepEqual(documentOf(buildStageJob(anInput({ endpointBudget: '12.50' })))['budget'], { amount: '12.50' });
    assert.equal('budget' in documentOf(buildStageJob(anInput())), false);
  });

  it('hands over a text with dollars as it is, though the kubelet expands variables', () => {
    const prompt = 'Pay $(HOME) or $$5';
    const built = buildStageJob(
      anInput({
        job: aJob()
          .spec({ task: { systemPrompt: prompt } })
          .build(),
      }),
    );
    assert.doesNotMatch(envOf(built).get('STRATOS_STAGE_CONFIG') ?? '', /\$/);
    assert.equal((documentOf(built)['task'] as Record<string, unknown>)['systemPrompt'], prompt);
  });

  it('has only one variable of each name, and ours are not replaced', () => {
    const built = buildStageJob(anInput({ job: rich }));
    const names = built.spec.template.spec.containers[0]?.env?.map(({ name }) => name) ?? [];
    assert.equal(new Set(names).size, names.length);
    assert.equal(envOf(built).get('HOME'), '/tmp');
    assert.equal(built.spec.template.metadata.labels['distill.stratos.dev/job'], 'tiles');
  });

  it('mounts every claim and ConfigMap that the document names, and writes to the output alone', () => {
    const built = buildStageJob(anInput({ job: rich }));
    const [container] = built.spec.template.spec.containers;
    const mounts = documentOf(built)['mounts'] as Record<string, string>;
    assert.deepEqual(Object.keys(mounts), ['configmap://examples', 'pvc://datasets', 'pvc://students']);
    for (const [root, path] of Object.entries(mounts)) {
      const mount = container?.volumeMounts?.find(({ mountPath }) => mountPath === path);
      assert.equal(mount?.readOnly ?? false, root !== 'pvc://students', root);
    }
  });

  it('asks for the GPUs of its choice, and requests what it limits', () => {
    const resources = buildStageJob(anInput()).spec.template.spec.containers[0]?.resources;
    assert.deepEqual(resources?.requests, resources?.limits);
    assert.deepEqual(resources?.requests, { cpu: '7200m', memory: '29491Mi', 'nvidia.com/gpu': '2' });
  });

  it('gives the whole document to a stage of the chosen pair only', () => {
    const document = documentOf(buildStageJob(anInput({ job: rich })));
    assert.deepEqual(
      (document['teachers'] as { name: string }[]).map(({ name }) => name),
      ['tiny'],
    );
    assert.deepEqual(document['training'], {
      batchSize: 128,
      maxSteps: 500,
      packing: false,
      method: 'Full',
      loss: 'SequenceLevel',
      learningRate: 0.003,
      precision: 'bf16',
      maxSeconds: 3600,
    });
  });
});

describe('how a student is trained', () => {
  const trainingOf = (training: object, pool = gpus) =>
    documentOf(buildStageJob(anInput({ job: aJob().spec({ training }).build(), pool })))['training'];

  it('is handed over in numbers', () => {
    const spec = {
      loss: 'Logits',
      divergence: 'JensenShannon',
      mixture: '0.1',
      temperature: '2.5',
      divergenceWeight: '1',
    };
    assert.deepEqual(trainingOf({ ...spec, topTokens: 64, packing: true }), {
      method: 'Full',
      loss: 'Logits',
      divergence: 'JensenShannon',
      mixture: 0.1,
      temperature: 2.5,
      divergenceWeight: 1,
      topTokens: 64,
      packing: true,
    });
  });

  it('is left to the trainer where the job says nothing', () =>
    assert.deepEqual(trainingOf({}), { method: 'Full', packing: false }));

  it('knows how often its capacity is taken back', () => {
    const spot = { pool: aPool().gpus('L4', 4).with({ capacityType: 'Spot' }).build(), gpus: 2 };
    assert.deepEqual(trainingOf({}, spot), { method: 'Full', packing: false, meanSecondsBetweenInterruptions: 28_800 });
  });
});

describe('the result of a stage', () => {
  for (const stage of stageNames) {
    it(`of ${stage} is read as the trainer writes it`, () => {
      const text = success(stage);
      assert.ok(isResult(JSON.parse(text)), ajv.errorsText(isResult.errors));
      const want = { kind: 'result', result: goodResults[stage](), usage: [], seconds: 93.2 };
      assert.deepEqual(parseStageMessage(stage, text), want);
      assert.ok(text.length <= 4096);
    });
    it(`of ${stage} is read as the trainer writes its errors`, () => {
      const text = failure(stage, 'DataUnreadable', 'no such file');
      assert.ok(isResult(JSON.parse(text)), ajv.errorsText(isResult.errors));
      assert.deepEqual(parseStageMessage(stage, text), {
        kind: 'error',
        error: { reason: 'DataUnreadable', message: 'no such file' },
        usage: [],
      });
    });
  }

  const packed = (result: object, level = 9): string => {
    const { result: _unpacked, ...rest } = JSON.parse(success('Profile')) as { result: object };
    return JSON.stringify({ ...rest, packed: deflateSync(JSON.stringify(result), { level }).toString('base64') });
  };

  it('that was too long for a message is unpacked', () => {
    const result = goodResults.Profile();
    assert.ok(isResult(JSON.parse(packed(result))), ajv.errorsText(isResult.errors));
    assert.deepEqual(parseStageMessage('Profile', packed(result)), {
      kind: 'result',
      result: JSON.parse(JSON.stringify(result)),
      usage: [],
      seconds: 93.2,
    });
  });

  it('that unpacks to more than any stage says is unreadable', () => {
    const flood = packed({ models: [], flood: 'x'.repeat(10_000_000) });
    assert.ok(flood.length < 20_000);
    assert.equal(parseStageMessage('Profile', flood).kind, 'unreadable');
  });

  const unreadable: Record<string, string | undefined> = {
    'what cannot be unpacked': '{"version":"v1","stage":"train","ok":true,"seconds":1,"packed":"bm90IHpsaWI="}',
    'nothing at all': undefined,
    'the tail of a log': 'Traceback (most recent call last):\n  File "/app/train.py"',
    'JSON that is not an object': '[1, 2]',
    'another version': success('Train').replace('"v1"', '"v2"'),
    'another stage': success('Evaluate'),
    'a result that lacks what it is for': success('Train', { tokens: 3 }),
    'success without a result': '{"version":"v1","stage":"train","ok":true}',
  };
  for (const [name, text] of Object.entries(unreadable)) {
    it(`is unreadable: ${name}`, () => assert.equal(parseStageMessage('Train', text).kind, 'unreadable'));
  }
});

describe('the user of a stage', () => {
  const contextOf = (podUserId: number | undefined) =>
    buildStageJob(anInput({ podUserId })).spec.template.spec.securityContext;

  it('owns the volumes too', () => {
    assert.deepEqual([contextOf(1234)?.['runAsUser'], contextOf(1234)?.['fsGroup']], [1234, 1234]);
  });

  it('is left to the platform where none is given, and is still no root', () => {
    assert.deepEqual(contextOf(undefined), { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  });
});
