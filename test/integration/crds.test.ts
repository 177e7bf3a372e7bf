import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { distillationJobs, type ResourceName, serverPools, studentDeployments } from '../../src/api/resources.ts';
import { validateDistillationJob, validateServerPool, validateStudentDeployment } from '../../src/api/validate.ts';
import { installCrds } from '../support/control-plane/crds.ts';
import { send } from '../support/control-plane/http.ts';
import { withNamespace } from '../support/control-plane/namespace.ts';
import { sharedControlPlane } from '../support/control-plane/shared.ts';
import { badSpecs } from '../unit/api/bad-specs.ts';
import {
  type Fields,
  type Manifest,
  minimalJob,
  minimalServerPool,
  minimalStudentDeployment,
  withFields,
} from '../unit/api/objects.ts';
import { allowedUpdates, refusedUpdates, richJob } from './crds/updates.ts';

const samples = join(import.meta.dirname, '../../manifests/samples');

interface Cause {
  readonly field?: string;
  readonly message?: string;
}

interface Reply {
  readonly status: number;
  readonly body: Manifest & { readonly message?: string; readonly details?: { readonly causes?: readonly Cause[] } };
}

function resourceOf({ kind }: Manifest): ResourceName {
  const found = [distillationJobs, studentDeployments, serverPools].find((resource) => resource.kind === kind);
  if (found === undefined) throw new Error(`no resource for ${kind}`);
  return found;
}

async function request(method: string, path: string, body: unknown): Promise<Reply> {
  const { server, ca, token } = sharedControlPlane();
  const answer = await send(`${server}/apis/${path}`, { method, ca, token, body });
  const reply: Reply['body'] = JSON.parse(answer.body);
  return { status: answer.status, body: reply };
}

function pathOf(object: Manifest, namespace: string): string {
  const { group, version, plural, namespaced } = resourceOf(object);
  return `${group}/${version}/${namespaced ? `namespaces/${namespace}/` : ''}${plural}`;
}

const dryRun = 'dryRun=All&fieldValidation=Strict';

const create = (object: Manifest, namespace: string, query = ''): Promise<Reply> =>
  request('POST', `${pathOf(object, namespace)}?${query}`, object);

const update = (object: Manifest, namespace: string): Promise<Reply> =>
  request('PUT', `${pathOf(object, namespace)}/${String(object.metadata['name'])}?${dryRun}`, object);

function assertRefused({ status, body }: Reply, wantField: string, want: RegExp): void {
  assert.ok(status === 422 || status === 400, `refused with 422 or 400, got ${status}: ${JSON.stringify(body)}`);
  // A field that does not exist is refused while decoding, before there are causes.
  const causes = body.details?.causes ?? [{ field: wantField, message: body.message ?? '' }];
  const found = causes.some(({ field, message }) => field === wantField && want.test(message ?? ''));
  assert.ok(found, `no cause at ${wantField} says ${want}: ${JSON.stringify(causes, null, 1)}`);
}

describe('the CRDs on a real API server', () => {
  const namespace = withNamespace();

  before(() => installCrds(sharedControlPlane()));

  for (const { base, cases } of badSpecs) {
    for (const [name, { set, wantField, want }] of Object.entries(cases)) {
      it(`refuse a ${base.kind} with ${name}`, async () => {
        assertRefused(await create(withFields(base, set), namespace(), dryRun), wantField, want);
      });
    }
  }

  for (const [name, { set, wantField, want }] of Object.entries(refusedUpdates)) {
    it(`refuse to change ${name}`, async () => {
      const stored = await create(
        withFields(richJob, { 'metadata.name': undefined, 'metadata.generateName': 'refused-' }),
        namespace(),
      );
      assert.equal(stored.status, 201, stored.body.message);
      assertRefused(await update(withFields(stored.body, set), namespace()), wantField, want);
    });
  }

  for (const [name, set] of Object.entries(allowedUpdates)) {
    it(`allow to change ${name}`, async () => {
      const stored = await create(
        withFields(richJob, { 'metadata.name': undefined, 'metadata.generateName': 'allowed-' }),
        namespace(),
      );
      assert.equal(stored.status, 201, stored.body.message);
      const changed = await update(withFields(stored.body, set), namespace());
      assert.equal(changed.status, 200, changed.body.message);
    });
  }

  it('fill in the same defaults as the validators without a cluster', async () => {
    for (const [object, validate] of [
      [minimalJob, validateDistillationJob],
      [richJob, validateDistillationJob],
      [minimalStudentDeployment, validateStudentDeployment],
      [withFields(minimalServerPool, { 'spec.price': { amount: '1' } }), validateServerPool],
    ] as const) {
      const { status, body } = await create(object, namespace(), dryRun);
      assert.equal(status, 201, body.message);
      const offline = validate(object);
      assert.ok(offline.ok, JSON.stringify(offline));
      assert.deepEqual(offline.value.spec, body.spec);
    }
  });

  it('refuse a status that is out of bounds, and keep spec and status apart', async () => {
    const { body } = await create(withFields(minimalJob, { 'metadata.name': 'status' }), namespace());
    const write = (status: Fields): Promise<Reply> =>
      request('PUT', `${pathOf(minimalJob, namespace())}/status/status`, { ...body, spec: {}, status });
    assertRefused(
      await write({ trainerStatus: { progressPercentage: 101, lastUpdatedTime: '2026-01-01T00:00:00Z' } }),
      'status.trainerStatus.progressPercentage',
      /less than or equal to 100/,
    );
    const written = await write({ progress: '42%' });
    assert.equal(written.status, 200, written.body.message);
    assert.equal(written.body.spec['maxAttempts'], 1, 'the spec is not what the status writer sent');
  });

  it('scale a StudentDeployment that fixes its replicas, and refuse where autoscaling decides', async () => {
    const scale = (name: string): Promise<string> =>
      sharedControlPlane().kubectl(['-n', namespace(), 'scale', 'sdep', name, '--replicas=3']);
    await create(withFields(minimalStudentDeployment, { 'metadata.name': 'fixed' }), namespace());
    await create(
      withFields(minimalStudentDeployment, { 'metadata.name': 'auto', 'spec.autoscaling': { maxReplicas: 4 } }),
      namespace(),
    );
    await scale('fixed');
    const replicas = ['-n', namespace(), 'get', 'sdep', 'fixed', '-o', 'jsonpath={.spec.replicas}'];
    assert.equal(await sharedControlPlane().kubectl(replicas), '3');
    await assert.rejects(scale('auto'), /`replicas` must be unset when `autoscaling` is set/);
  });

  it('show their kinds in 80 columns, with the reason of the summary as the state', async () => {
    const name = 'customer-support-intents-v12';
    const { body } = await create(withFields(minimalJob, { 'metadata.name': name }), namespace());
    await request('PUT', `${pathOf(minimalJob, namespace())}/${name}/status`, { ...body, status: waitingStatus });
    const [header = '', row = ''] = (await sharedControlPlane().kubectl(['-n', namespace(), 'get', 'dj', name])).split(
      '\n',
    );
    assert.deepEqual(header.trim().split(/ +/), ['NAME', 'STATE', 'PROGRESS', 'POOL', 'AGE']);
    assert.deepEqual(row.trim().split(/ +/).slice(0, 4), [name, 'AwaitingApproval', '42%', 'gpu-l4-spot']);
    assert.ok(row.length <= 80, `${row.length} columns: ${row}`);
  });

  it('are found by short name and category, and select on the fields we watch by', async () => {
    const job = withFields(minimalJob, { 'metadata.name': 'queued', 'spec.queueName': 'team-a' });
    await create(job, namespace());
    const get = (...args: string[]): Promise<string> =>
      sharedControlPlane().kubectl(['-n', namespace(), 'get', ...args, '-o', 'name']);
    assert.match(await get('stratos'), /distillationjob\.distill\.stratos\.dev\/queued/);
    assert.equal(
      await get('dj', '--field-selector=spec.queueName=team-a'),
      'distillationjob.distill.stratos.dev/queued\n',
    );
  });

  it('explain themselves', async () => {
    const text = await sharedControlPlane().kubectl(['explain', 'distillationjob.spec.strategy.mode']);
    assert.match(text, /ENUM:\s+Auto\s+KnowledgeAlignment\s+KnowledgeInjection/);
    assert.match(text, /KnowledgeAlignment learns the answers of a teacher that knows\s+the task/);
  });

  it('accept every sample', async function () {
    if (!existsSync(samples)) this.skip();
    const files = (await readdir(samples)).filter((file) => file.endsWith('.yaml'));
    assert.notEqual(files.length, 0);
    for (const file of files) {
      await sharedControlPlane().kubectl([
        '-n',
        namespace(),
        'apply',
        '--dry-run=server',
        '--validate=strict',
        '-f',
        join(samples, file),
      ]);
    }
  });
});

const waitingStatus = {
  conditions: [
    { type: 'Accepted', status: 'True', reason: 'Accepted', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
    {
      type: 'Succeeded',
      status: 'Unknown',
      reason: 'AwaitingApproval',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
  progress: '42%',
  plan: {
    id: 'p1',
    selected: {
      teacher: 'tiny',
      student: 'small',
      strategy: 'KnowledgeInjection',
      method: 'Full',
      trainingPool: 'gpu-l4-spot',
    },
  },
};
