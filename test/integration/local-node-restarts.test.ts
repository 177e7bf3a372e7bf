import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listProcesses } from '../support/control-plane/processes.ts';
import { sharedControlPlane } from '../support/control-plane/shared.ts';
import type { ContainerStatus, Pod } from '../support/local-node/types.ts';
import { aDeployment, aJob, aPod, shell, withLocalNode } from '../support/local-node/with-local-node.ts';

const images = { 'example.dev/shell': { command: ['/bin/sh', '-c'] } };

const nameOf = (pod: Pod | undefined) => pod?.metadata?.name;

describe('local node: what fails, restarts and ends', () => {
  const bench = withLocalNode({ nodes: [{ name: 'local-a' }], images, backoff: { firstMs: 300, mostMs: 2_000 } });
  const { apply, eventually, get, kubectl, pods } = bench;

  const podOf = async (name: string): Promise<Pod | undefined> => (await pods(`app=${name}`))[0];
  const mainOf = async (name: string): Promise<ContainerStatus | undefined> =>
    (await podOf(name))?.status?.containerStatuses?.find((status) => status.name === 'main');
  const isReady = async (name: string) => (await mainOf(name))?.ready;

  it('restarts a failing container with a growing back-off and keeps what it last said', async () => {
    await apply(aPod('crashing', { containers: [shell('main', 'echo attempt; exit 7')] }));
    const status = await eventually('it crash-loops', async () => {
      const main = await mainOf('crashing');
      return (main?.restartCount ?? 0) >= 2 && main?.state?.waiting?.reason === 'CrashLoopBackOff' && main;
    });
    assert.equal(status.lastState?.terminated?.exitCode, 7);
    assert.equal((await podOf('crashing'))?.status?.phase, 'Running');
    assert.equal(await kubectl('logs', 'crashing', '--previous'), 'attempt\n');
  });

  it('restarts a container whose liveness probe fails, not one whose policy forbids it', async () => {
    const livenessProbe = { exec: { command: ['test', '-e', '/nowhere'] }, periodSeconds: 1, failureThreshold: 1 };
    const containers = [shell('main', 'sleep 100', { livenessProbe })];
    await apply(aPod('revived', { containers }), aPod('buried', { containers, restartPolicy: 'Never' }));
    await eventually('one is restarted', async () => ((await mainOf('revived'))?.restartCount ?? 0) >= 1);
    await eventually('the other has failed', async () => (await podOf('buried'))?.status?.phase === 'Failed');
    assert.equal((await mainOf('buried'))?.state?.terminated?.exitCode, 143);
  });

  it('holds the main container back until a sidecar has started, and ends the sidecar after it', async () => {
    const volumes = [{ name: 'shared', emptyDir: {} }];
    const volumeMounts = [{ name: 'shared', mountPath: '/shared' }];
    const startupProbe = { exec: { command: ['test', '-e', '/shared/up'] }, periodSeconds: 1, failureThreshold: 10 };
    const sidecar = shell('helper', 'sleep 0.5; touch /shared/up; exec sleep 100', {
      startupProbe,
      volumeMounts,
      restartPolicy: 'Always',
    });
    const main = shell('main', 'test -e /shared/up', { volumeMounts });
    await apply(aJob('helped', { initContainers: [sidecar], containers: [main], volumes }));
    await kubectl('wait', '--for=condition=complete', 'job/helped', '--timeout=20s');
    const [pod] = await pods();
    assert.equal(pod?.status?.phase, 'Succeeded');
    assert.equal(pod.status.initContainerStatuses?.[0]?.state?.terminated?.exitCode, 143);
  });

  it('ends a pod at its deadline', async () => {
    await apply(
      aPod('late', { activeDeadlineSeconds: 1, restartPolicy: 'Never', containers: [shell('main', 'sleep 100')] }),
    );
    await eventually('it has failed', async () => (await podOf('late'))?.status?.phase === 'Failed');
    assert.equal((await podOf('late'))?.status?.reason, 'DeadlineExceeded');
  });

  it('says why a command cannot be started', async () => {
    await apply(
      aPod('odd', { restartPolicy: 'Never', containers: [shell('main', '', { command: ['/nowhere/program'] })] }),
    );
    await eventually('it has failed', async () => (await podOf('odd'))?.status?.phase === 'Failed');
    const end = (await mainOf('odd'))?.state?.terminated;
    assert.deepEqual([end?.exitCode, end?.reason], [128, 'StartError']);
  });

  it('gives an evicted pod a successor: a node can be drained', async () => {
    await apply(aDeployment('moved', { containers: [shell('main', 'exec sleep 100')] }));
    const first = await eventually('it runs', async () => (await isReady('moved')) && (await podOf('moved')));
    await kubectl('drain', 'local-a', '--pod-selector=app=moved', '--force', '--timeout=20s');
    await kubectl('uncordon', 'local-a');
    await eventually(
      'another one runs',
      async () => (await isReady('moved')) && nameOf(await podOf('moved')) !== nameOf(first),
    );
  });

  it('takes its pods up again after a restart: their processes are gone', async () => {
    await apply(
      aPod('kept', { containers: [shell('main', 'exec sleep 100')] }),
      aPod('lost', { restartPolicy: 'Never', containers: [shell('main', 'exec sleep 100')] }),
    );
    await eventually('both run', async () => (await isReady('kept')) && (await isReady('lost')));
    await bench.restart();
    await eventually('one has failed', async () => (await podOf('lost'))?.status?.phase === 'Failed');
    await eventually(
      'the other runs again',
      async () => (await isReady('kept')) && (await mainOf('kept'))?.restartCount === 1,
    );
    assert.equal((await mainOf('lost'))?.state?.terminated?.reason, 'ContainerStatusUnknown');
  });

  it('leaves no process behind when it is killed', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'local-node-killed-'));
    const config = {
      kubeconfig: sharedControlPlane().kubeconfig,
      dataDir: join(dir, 'data'),
      nodes: [{ name: 'local-b' }],
      images,
    };
    await writeFile(join(dir, 'config.json'), JSON.stringify(config));
    const program = join(import.meta.dirname, '../support/local-node/main.ts');
    const child = spawn(process.execPath, [program, join(dir, 'config.json')], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    const mark = `3${process.pid}`;
    const isAlive = async () => (await listProcesses()).some(({ command }) => command.includes(`sleep ${mark}`));
    await apply(aPod('orphan', { nodeName: 'local-b', containers: [shell('main', `sleep ${mark} & sleep ${mark}`)] }));
    await eventually('it runs', isAlive);
    child.kill('SIGKILL');
    await eventually('its processes are gone', async () => !(await isAlive()));
    await kubectl('delete', 'node', 'local-b');
    await rm(dir, { recursive: true, force: true });
    assert.ok((await get('node', 'local-a')).status);
  });
});
