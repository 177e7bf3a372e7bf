// The stand-in for the trainer image is held to the same schema as the real one: else the fault tier would test a fairy tale.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type Script, scriptVariable, type StageCommand } from '../support/stage-image/behaviour.ts';
import { trainerStandIn } from '../support/stage-image/images.ts';

const schemaPath = resolve(import.meta.dirname, '../../trainer-image/schemas/stage-result.v1.json');

interface Ended {
  readonly code: number;
  readonly message: string;
}

describe('the stand-in for the trainer', () => {
  let workspace = '';
  beforeEach(async () => void (workspace = await mkdtemp(join(tmpdir(), 'stand-in-'))));
  afterEach(async () => await rm(workspace, { recursive: true, force: true }));

  async function run(stage: StageCommand, script: Script = {}, { interrupt = false } = {}): Promise<Ended> {
    const terminationLog = join(workspace, 'termination');
    const document = {
      version: 'v1',
      stage,
      job: { namespace: 'team', name: 'tiles', uid: 'u', attempt: 1 },
      seed: 0,
      workspace,
      mounts: { 'configmap://tasks': join(workspace, 'tasks') },
      task: { train: { uri: 'builtin://train.jsonl' }, evaluation: { uri: 'builtin://test.jsonl' } },
      teachers: [{ name: 'large', uri: 'builtin://models/large' }],
      students: [{ name: 'small', uri: 'builtin://models/small' }],
      pilot: { name: 'small-1a2b3c4d', rung: 0, steps: 40, rows: 640 },
      output: { uri: 'pvc://students/tiles' },
    };
    const [node = '', program = ''] = trainerStandIn.command;
    const env = {
      STRATOS_STAGE_CONFIG: JSON.stringify(document),
      STRATOS_TERMINATION_LOG: terminationLog,
      [scriptVariable]: JSON.stringify(script),
    };
    const child = spawn(node, [program, stage], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    if (interrupt) void interruptAtWork(child);
    const [code] = (await once(child, 'exit')) as [number];
    return { code, message: await readFile(terminationLog, 'utf8').catch(() => '') };
  }

  it('ends each stage with a result that the schema accepts, within 4,096 bytes', async () => {
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(await readFile(schemaPath, 'utf8')));
    for (const stage of ['profile', 'pilot', 'synthesize', 'train', 'evaluate', 'publish'] as const) {
      const { code, message } = await run(stage);
      assert.equal(code, 0, stage);
      assert.ok(validate(JSON.parse(message)), `${stage}: ${JSON.stringify(validate.errors)}`);
      assert.ok(Buffer.byteLength(message) <= 4096);
    }
    const refused = await run('train', { train: { refuses: 'OutOfMemory' } });
    assert.equal(refused.code, 2);
    assert.ok(validate(JSON.parse(refused.message)), JSON.stringify(validate.errors));
  });

  it('crashes as often as its script says, and works then', async () => {
    const script: Script = { profile: { crashes: 2 } };
    const codes = [];
    for (let time = 0; time < 3; time++) codes.push((await run('profile', script)).code);
    assert.deepEqual(codes, [1, 1, 0]);
  });

  it('stops with 143 after a checkpoint, and goes on from there', async () => {
    await run('synthesize');
    const script: Script = { train: { milliseconds: 60_000 } };
    assert.equal((await run('train', script, { interrupt: true })).code, 143);
    const { message } = await run('train');
    const { result } = JSON.parse(message) as { result: { resumedFromStep: number } };
    assert.ok(result.resumedFromStep > 0);
  });
});

async function interruptAtWork(child: ChildProcess): Promise<void> {
  if (child.stdout !== null) await once(child.stdout, 'data');
  await sleep(500);
  child.kill('SIGTERM');
}
