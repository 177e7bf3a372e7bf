import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from '../support/control-plane/control-plane.ts';
import { addFakeNode, removeFakeNode } from '../support/control-plane/fake-node.ts';
import { send, until } from '../support/control-plane/http.ts';
import { stopKept } from '../support/control-plane/kept.ts';
import { withNamespace } from '../support/control-plane/namespace.ts';
import { runKubectl } from '../support/control-plane/kubectl.ts';
import { listProcesses } from '../support/control-plane/processes.ts';
import { sharedControlPlane, sharedStartMs } from '../support/control-plane/shared.ts';

const goneMs = 5_000;

interface ListedPod {
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly phase?: string };
}

function gpuJob(name: string, namespace: string, gpus: number): unknown {
  const container = {
    name: 'train',
    image: 'example.invalid/train',
    resources: { limits: { 'nvidia.com/gpu': String(gpus) } },
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [container] } } },
  };
}

async function membersOf(groups: readonly number[]): Promise<readonly string[]> {
  return (await listProcesses())
    .filter(({ group }) => groups.includes(group))
    .map(({ pid, command }) => `${pid} ${command}`);
}

async function untilGone(groups: readonly number[]): Promise<void> {
  await until('every component has ended', { withinMs: goneMs }, async () => (await membersOf(groups)).length === 0);
}

interface Starter {
  readonly child: ChildProcess;
  readonly dir: string;
  readonly groups: readonly number[];
  readonly ended: Promise<unknown>;
}

// Another process that starts a control plane and then ends in the way asked for.
async function runStarter(...args: readonly string[]): Promise<Starter> {
  const program = join(import.meta.dirname, '../support/control-plane/hold.ts');
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  const [line] = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), ended.then(() => [])]);
  if (typeof line !== 'string') throw new Error('the starter ended before its control plane was up');
  const { dir, groups }: Pick<Starter, 'dir' | 'groups'> = JSON.parse(line);
  return { child, dir, groups, ended };
}

describe('the shared control plane', () => {
  const namespace = withNamespace();
  const kubectl = async (args: readonly string[], stdin?: string) => await sharedControlPlane().kubectl(args, stdin);
  const apply = async (object: unknown) => await kubectl(['apply', '-f', '-'], JSON.stringify(object));

  it('starts', () => {
    console.log(`      control plane ready after ${sharedStartMs()} ms`);
    assert.ok(sharedStartMs() < 60_000);
  });

  describe('with a node of 8 GPUs', () => {
    before(async () => await addFakeNode(sharedControlPlane(), { name: 'gpu-8', capacity: { 'nvidia.com/gpu': '8' } }));
    after(async () => await removeFakeNode(sharedControlPlane(), 'gpu-8'));

    const podsOf = async (job: string): Promise<readonly ListedPod[]> =>
      JSON.parse(await kubectl(['get', 'pods', '-n', namespace(), '-l', `job-name=${job}`, '-o', 'json'])).items;

    it('binds a Job of 4 GPUs to the node and completes it', async () => {
      await apply(gpuJob('fits', namespace(), 4));
      await kubectl(['wait', 'job/fits', '-n', namespace(), '--for=condition=Complete', '--timeout=20s']);
      assert.deepEqual(
        (await podsOf('fits')).map(({ spec, status }) => [spec.nodeName, status.phase]),
        [['gpu-8', 'Succeeded']],
      );
    });

    it('leaves a Job of 16 GPUs unscheduled', async () => {
      await apply(gpuJob('too-big', namespace(), 16));
      await kubectl([
        'wait',
        'pod',
        '-n',
        namespace(),
        '-l',
        'job-name=too-big',
        '--for=condition=PodScheduled=False',
        '--timeout=20s',
      ]);
      assert.deepEqual(
        (await podsOf('too-big')).map(({ spec, status }) => [spec.nodeName, status.phase]),
        [[undefined, 'Pending']],
      );
    });
  });

  it('collects what a deleted owner leaves behind', async () => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owner', namespace: namespace() } };
    const { metadata } = JSON.parse(await kubectl(['create', '-o', 'json', '-f', '-'], JSON.stringify(owner)));
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: metadata.uid };
    await apply({ ...owner, metadata: { ...owner.metadata, name: 'child', ownerReferences: [reference] } });
    await apply({ ...owner, metadata: { ...owner.metadata, name: 'bystander' } });

    await kubectl(['delete', 'configmap', 'owner', '-n', namespace()]);
    await kubectl(['wait', 'configmap/child', '-n', namespace(), '--for=delete', '--timeout=20s']);
    assert.match(await kubectl(['get', 'configmap', 'bystander', '-n', namespace(), '-o', 'name']), /bystander/);
  });

  it('lets a ServiceAccount do what RBAC grants it and no more', async () => {
    await kubectl(['create', 'role', 'reader', '-n', namespace(), '--verb=get', '--resource=configmaps']);
    await kubectl([
      'create',
      'rolebinding',
      'reader',
      '-n',
      namespace(),
      '--role=reader',
      `--serviceaccount=${namespace()}:default`,
    ]);
    const token = (await kubectl(['create', 'token', 'default', '-n', namespace()])).trim();
    const { server, ca } = sharedControlPlane();
    const get = async (resource: string) =>
      (await send(`${server}/api/v1/namespaces/${namespace()}/${resource}`, { ca, token })).status;
    assert.deepEqual([await get('configmaps/kube-root-ca.crt'), await get('secrets')], [200, 403]);
    const kubeconfig = await sharedControlPlane().kubeconfigFor({ token });
    const whoami = await runKubectl({ dir: sharedControlPlane().dir, kubeconfig }, [
      'auth',
      'whoami',
      '-o',
      'jsonpath={.status.userInfo.username}',
    ]);
    assert.equal(whoami, `system:serviceaccount:${namespace()}:default`);
  });

  it('reports a failing kubectl with its words', async () => {
    await assert.rejects(kubectl(['get', 'configmap', 'absent', '-n', namespace()]), /configmaps "absent" not found/);
  });

  it('logs who wrote what', async () => {
    await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'audited', namespace: namespace() } });
    const lines = (await readFile(sharedControlPlane().audit ?? '', 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const writes = lines.filter(
      ({ verb, objectRef }) =>
        verb === 'create' && objectRef?.namespace === namespace() && objectRef.name === 'audited',
    );
    assert.deepEqual(
      writes.map(({ user }) => user.username),
      ['admin'],
    );
  });
});

describe("a control plane of one's own", () => {
  it('keeps data and credentials over a crash of the apiserver, and forgets old revisions when told', async () => {
    await using controlPlane = await startControlPlane();
    const { server, ca, token } = controlPlane;
    await controlPlane.kubectl(['create', 'configmap', 'first']);
    const version = await controlPlane.kubectl(['get', 'cm', 'first', '-o', 'jsonpath={.metadata.resourceVersion}']);
    await controlPlane.kubectl(['create', 'configmap', 'second']);

    await controlPlane.stopApiServer();
    await assert.rejects(send(`${server}/readyz`, { ca }));
    await controlPlane.startApiServer();
    assert.match(await controlPlane.kubectl(['get', 'configmap', 'second', '-o', 'name']), /second/);

    const past = `${server}/api/v1/configmaps?resourceVersionMatch=Exact&resourceVersion=${version}`;
    assert.equal((await send(past, { ca, token })).status, 200);
    await controlPlane.compactEtcd();
    assert.equal((await send(past, { ca, token })).status, 410);
  });

  it('leaves no process and no folder after stop, and stop may be called twice', async () => {
    const controlPlane = await startControlPlane({ kwok: true });
    const groups = controlPlane.processGroups;
    assert.ok((await membersOf(groups)).length >= 5, 'etcd, apiserver, controller manager, scheduler and kwok run');
    await controlPlane.stop();
    await controlPlane.stop();
    assert.deepEqual(await membersOf(groups), []);
    assert.ok(!existsSync(controlPlane.dir));
  });

  it('says which component failed to start, with the end of its log, and leaves nothing', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'stratos-test-'));
    const failing = startControlPlane({
      dir,
      beforeControllers: async () => await rm(join(dir, 'kube-scheduler.kubeconfig')),
    });
    await assert.rejects(
      failing,
      /kube-scheduler ended by itself \(1\); its log ends:\n.*kube-scheduler\.kubeconfig: no such file/s,
    );
    assert.deepEqual(
      (await listProcesses()).filter(({ command }) => command.includes(dir)),
      [],
    );
    await rm(dir, { recursive: true });
  });

  it('outlives its starter when kept, until it is stopped by its folder', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'stratos-test-'));
    const starter = await runStarter('keep', dir);
    await starter.ended;
    assert.match(
      await runKubectl({ dir, kubeconfig: join(dir, 'admin.kubeconfig') }, ['get', '--raw', '/readyz']),
      /ok/,
    );
    await assert.rejects(startControlPlane({ dir }), /still runs/);
    assert.deepEqual([await stopKept(dir), await stopKept(dir)], [true, false]);
    assert.deepEqual(await membersOf(starter.groups), []);
    await rm(dir, { recursive: true });
  });

  for (const [end, how] of Object.entries({
    'an uncaught error': 'throw',
    'process.exit': 'exit',
    SIGINT: 'SIGINT',
    SIGTERM: 'SIGTERM',
    SIGKILL: 'SIGKILL',
  } as const)) {
    it(`leaves no process and no folder when its starter ends by ${end}`, async () => {
      const starter = await runStarter(how === 'throw' || how === 'exit' ? how : 'wait');
      if (how !== 'throw' && how !== 'exit') starter.child.kill(how);
      await starter.ended;
      await untilGone(starter.groups);
      await until('its folder is gone', { withinMs: goneMs }, async () => !existsSync(starter.dir));
    });
  }
});
