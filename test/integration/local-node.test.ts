import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { sharedControlPlane } from '../support/control-plane/shared.ts';
import type { Pod, Terminated } from '../support/local-node/types.ts';
import { aDeployment, aJob, aPod, type Shown, shell, withLocalNode } from '../support/local-node/with-local-node.ts';

const podIP = { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } };
const server = `
import http.server, os, signal, sys, time
def stop(*_):
    open(os.environ["NOTES"], "a").write("sigterm\\n")
    time.sleep(0.5)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = os.environ["VERSION"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer((os.environ["POD_IP"], 8000), Handler).serve_forever()
`;

function endOf(pod: Pod | undefined): Terminated | undefined {
  return pod?.status?.containerStatuses?.[0]?.state?.terminated;
}

function conditionOf({ status }: Shown, type: string): string | undefined {
  return status?.conditions?.find((condition) => condition.type === type && condition.status === 'True')?.reason;
}

describe('local node', () => {
  const bench = withLocalNode({
    nodes: [{ name: 'local-gpu', capacity: { 'nvidia.com/gpu': '8', cpu: '16', memory: '64Gi' } }],
    images: {
      'example.dev/shell': { command: ['/bin/sh', '-c'] },
      python: { command: ['python3'], env: { PYTHONUNBUFFERED: '1' } },
    },
    backoff: { firstMs: 300, mostMs: 2_000 },
    refreshMs: 500,
  });
  const { apply, eventually, get, kubectl, pods } = bench;

  const statusOf = async (name: string) => (await pods(`app=${name}`))[0]?.status;
  const mainOf = async (name: string) => (await statusOf(name))?.containerStatuses?.[0];

  it('is a Ready node, marked as simulated, with the GPUs it was given', async () => {
    const node = await get('node', 'local-gpu');
    assert.equal(node.metadata.labels?.['distill.stratos.dev/simulated'], 'true');
    assert.equal(conditionOf(node, 'Ready'), 'KubeletReady');
    assert.match(
      await kubectl('get', 'node', 'local-gpu', '-o', 'jsonpath={.status.allocatable}'),
      /"nvidia.com\/gpu":"8"/,
    );
  });

  it('runs a stage: init container, volumes, environment and termination message', async () => {
    const mount = { name: 'work', mountPath: '/workspace' };
    const volumes = [
      { name: 'work', persistentVolumeClaim: { claimName: 'work' } },
      { name: 'files', configMap: { name: 'settings', items: [{ key: 'size', path: 'deep/size.txt' }] } },
      { name: 'facts', downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
      { name: 'login', secret: { secretName: 'login' } },
    ];
    const from = (source: string, name: string, key: string) => ({ valueFrom: { [source]: { name, key } } });
    const script = [
      'set -e; cd "$DIR"; cat /workspace/begun /files/deep/size.txt /login/token; echo " $(cat /facts/name)"',
      'echo "$SIZE $TOKEN $mode $CPUS $NODE $(PRICE)"; test -s /var/run/secrets/kubernetes.io/serviceaccount/token',
      'printf %s "$STAGE" > "$REPORT"',
    ].join('\n');
    const main = shell('main', script, {
      env: [
        { name: 'PRICE', value: '5$$' },
        { name: 'DIR', value: '/workspace' },
        { name: 'STAGE', value: '{"workspace":"/workspace/a"}' },
        { name: 'REPORT', value: '/dev/termination-log' },
        { name: 'SIZE', ...from('configMapKeyRef', 'settings', 'size') },
        { name: 'TOKEN', ...from('secretKeyRef', 'login', 'token') },
        { name: 'CPUS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      ],
      envFrom: [{ configMapRef: { name: 'settings' } }],
      resources: { limits: { 'nvidia.com/gpu': '2', cpu: '2' } },
      volumeMounts: [mount, ...['files', 'facts', 'login'].map((name) => ({ name, mountPath: `/${name}` }))],
    });
    await apply(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { size: '3', mode: 'fast' } },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, stringData: { token: 'hush' } },
      claim('work'),
      aJob('stage', {
        volumes,
        initContainers: [shell('begin', 'echo begun > /workspace/begun', { volumeMounts: [mount] })],
        containers: [main],
      }),
    );
    await eventually('the job is complete', async () => conditionOf(await get('job', 'stage'), 'Complete'));
    const [pod] = await pods();
    assert.equal(
      await kubectl('logs', 'job/stage'),
      `begun\n3hush ${pod?.metadata?.name}\n3 hush fast 2 local-gpu 5$\n`,
    );
    const { spec } = await get('pvc', 'work');
    assert.match(endOf(pod)?.message ?? '', new RegExp(`"workspace":"/.*/${spec?.volumeName}/a"`));
    assert.equal(pod?.status?.phase, 'Succeeded');
  });

  it('gives the directory of a claim back when the claim goes', async () => {
    await apply(claim('short'));
    const volume = await eventually('the claim is bound', async () => (await get('pvc', 'short')).spec?.volumeName);
    await kubectl('delete', 'pvc', 'short');
    await eventually('the volume is gone', async () => !(await kubectl('get', 'pv', '-o', 'name')).includes(volume));
  });

  it('counts failures for a Job, and lets its policy end it on an exit code', async () => {
    const rules = [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [2] } }];
    const failing = shell('main', 'echo why >&2; exit 1', { terminationMessagePolicy: 'FallbackToLogsOnError' });
    await apply(
      aJob('exhausted', { containers: [failing] }, { backoffLimit: 0 }),
      aJob('hopeless', { containers: [shell('main', 'exit 2')] }, { backoffLimit: 6, podFailurePolicy: { rules } }),
    );
    await eventually(
      'the hopeless job fails',
      async () => conditionOf(await get('job', 'hopeless'), 'Failed') === 'PodFailurePolicy',
    );
    await eventually(
      'the exhausted job fails',
      async () => conditionOf(await get('job', 'exhausted'), 'Failed') === 'BackoffLimitExceeded',
    );
    const end = endOf((await pods('job-name=exhausted'))[0]);
    assert.deepEqual([end?.exitCode, end?.reason, end?.message], [1, 'Error', 'why\n']);
    assert.deepEqual((await get('job', 'hopeless')).status?.failed, 1);
  });

  it('serves a Deployment through its Service without a failed request while it is rolled over', async () => {
    await apply(claim('notes'), deployment('one'), service());
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=30s');
    const forward = await bench.node().forwardService(bench.namespace(), 'web', 'http');
    const ask = async () => (await fetch(forward.url, { headers: { connection: 'close' } })).text();
    await eventually('the Service answers', async () => (await ask().catch(() => '')) === 'one');
    await apply(deployment('two'));
    const answers = new Set<string>();
    await eventually('the new version answers', async () => answers.add(await ask()).has('two'));
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=30s');
    assert.equal(await ask(), 'two');
    assert.match(await kubectl('logs', 'deployment/web', '--tail=1'), /GET \/ HTTP/);
    await apply(
      aJob('client', {
        containers: [
          shell('main', 'curl -sf "$URL"', {
            env: [{ name: 'URL', value: `http://web.${bench.namespace()}.svc:80/` }],
          }),
        ],
      }),
    );
    await eventually('a pod reaches the Service by name', async () =>
      conditionOf(await get('job', 'client'), 'Complete'),
    );
    assert.equal(await kubectl('logs', 'job/client'), 'two');
    await forward.close();
  });

  it('ends a deleted pod by its hook and SIGTERM, within its grace period', async () => {
    const script = 'trap "echo term; sleep 0.3; echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done';
    const lifecycle = { preStop: { exec: { command: ['/bin/sh', '-c', 'sleep 0.3; echo hook >> /notes/order'] } } };
    const volumeMounts = [{ name: 'notes', mountPath: '/notes' }];
    const volumes = [{ name: 'notes', persistentVolumeClaim: { claimName: 'notes' } }];
    const polite = shell('main', script.replaceAll('echo term', 'echo term >> /notes/order'), {
      lifecycle,
      volumeMounts,
    });
    const stubborn = shell('main', 'trap "" TERM; while :; do sleep 0.05; done');
    await apply(
      claim('notes'),
      aPod('polite', { containers: [polite], volumes }),
      aPod('stubborn', { containers: [stubborn], terminationGracePeriodSeconds: 1 }),
    );
    await eventually('both run', async () => (await mainOf('polite'))?.ready && (await mainOf('stubborn'))?.ready);
    const began = Date.now();
    await kubectl('delete', 'pod', 'polite', 'stubborn');
    const seconds = (Date.now() - began) / 1000;
    assert.ok(seconds >= 1 && seconds < 5, `deletion took ${seconds} s`);
    await apply(
      aPod('reader', {
        restartPolicy: 'Never',
        volumes,
        containers: [shell('main', 'cat /notes/order', { volumeMounts })],
      }),
    );
    await eventually('the notes are read', async () => (await statusOf('reader'))?.phase === 'Succeeded');
    assert.equal(await kubectl('logs', 'reader'), 'hook\nterm\n');
  });

  it('waits for an image, and for a secret, as long as they are missing', async () => {
    const env = [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'late', key: 'token' } } }];
    await apply(
      aPod('unknown', { containers: [{ name: 'main', image: 'example.dev/late:1' }] }),
      aPod('secretless', { containers: [shell('main', 'sleep 100', { env })] }),
    );
    const reasonOf = async (name: string) => (await mainOf(name))?.state?.waiting?.reason;
    await eventually('the image is backed off', async () => (await reasonOf('unknown')) === 'ImagePullBackOff');
    await eventually(
      'the secret is missed',
      async () => (await reasonOf('secretless')) === 'CreateContainerConfigError',
    );
    bench.node().addImage('example.dev/late', { command: ['sleep'], args: ['100'] });
    await apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'late' }, stringData: { token: 'hush' } });
    await eventually('both run', async () => (await mainOf('unknown'))?.ready && (await mainOf('secretless'))?.ready);
  });

  it('brings mounted files up to date', async () => {
    const settings = (text: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings' },
      data: { text },
    });
    const containers = [
      shell('main', 'until grep -q new /etc/s/text; do sleep 0.1; done', {
        volumeMounts: [{ name: 's', mountPath: '/etc/s' }],
      }),
    ];
    await apply(
      settings('old'),
      aPod('watcher', {
        restartPolicy: 'Never',
        containers,
        volumes: [{ name: 's', configMap: { name: 'settings' } }],
      }),
    );
    await eventually('it runs', async () => (await mainOf('watcher'))?.ready);
    await apply(settings('new'));
    await eventually('it has seen the change', async () => (await statusOf('watcher'))?.phase === 'Succeeded');
  });

  it('survives a crash of the API server', async () => {
    await apply(aPod('worker', { restartPolicy: 'Never', containers: [shell('main', 'sleep 1; echo done')] }));
    await eventually('it runs', async () => (await mainOf('worker'))?.ready);
    await sharedControlPlane().stopApiServer();
    await sleep(1_500);
    await sharedControlPlane().startApiServer();
    await eventually('its end is told', async () => (await statusOf('worker'))?.phase === 'Succeeded');
  });
});

function claim(name: string): object {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec };
}

function service(): object {
  const spec = { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec };
}

function deployment(version: string): object {
  const web = {
    name: 'web',
    image: 'python:3',
    args: ['-c', server],
    env: [podIP, { name: 'VERSION', value: version }, { name: 'NOTES', value: '/notes/order' }],
    ports: [{ name: 'http', containerPort: 8000 }],
    readinessProbe: { httpGet: { port: 'http' }, periodSeconds: 1 },
    lifecycle: { preStop: { sleep: { seconds: 1 } } },
    volumeMounts: [{ name: 'notes', mountPath: '/notes' }],
  };
  const volumes = [{ name: 'notes', persistentVolumeClaim: { claimName: 'notes' } }];
  const rollingUpdate = { maxUnavailable: 0, maxSurge: 1 };
  return aDeployment('web', { containers: [web], volumes }, { replicas: 2, strategy: { rollingUpdate } });
}
