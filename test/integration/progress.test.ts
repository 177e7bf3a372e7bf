import assert from 'node:assert/strict';
import { createSign, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { newCertificate, sharedCertificate } from '../../src/adapters/progress/certificate.ts';
import { audienceOf, reportPath, type JobKey } from '../../src/adapters/progress/protocol.ts';
import { startProgressServer, type ProgressServer } from '../../src/adapters/progress/server.ts';
import { tokenReviewer } from '../../src/adapters/progress/token-review.ts';
import { jobLabel } from '../../src/api/labels.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { PooledKubeConfig } from '../../src/kube/transport.ts';
import { installManifest, installNamespace } from '../generate/manifests.ts';
import { withNamespace } from '../support/control-plane/namespace.ts';
import { sharedControlPlane } from '../support/control-plane/shared.ts';
import { grantAccess } from '../support/operator-access.ts';

const serverName = '127.0.0.1';
const secretsPath = `/api/v1/namespaces/${installNamespace}/secrets`;
const secretName = 'stratos-progress-tls';
const log = { info: () => undefined, warn: () => undefined };

describe('progress, against a real API server', () => {
  const namespace = withNamespace();
  const configs: PooledKubeConfig[] = [];
  let admin: KubeClient;
  let operator: KubeClient;
  let server: ProgressServer;

  async function clientOf(kubeconfig: string): Promise<KubeClient> {
    const config = new PooledKubeConfig();
    config.loadFromFile(kubeconfig);
    configs.push(config);
    return new KubeClient({ config });
  }

  before(async () => {
    const controlPlane = sharedControlPlane();
    const token = await grantAccess(controlPlane, await installManifest());
    admin = await clientOf(controlPlane.kubeconfig);
    // With the rights that the chart grants, and no others.
    operator = await clientOf(await controlPlane.kubeconfigFor({ token }));
  });

  after(async () => {
    await Promise.all(configs.map((config) => config.close()));
  });

  beforeEach(async () => {
    server = await startServer();
    await Promise.all([createJob('mahjong'), createPod('mahjong-train-0', 'mahjong'), createPod('stranger')]);
  });

  afterEach(async () => await server.close());

  async function startServer(): Promise<ProgressServer> {
    const address = { host: serverName, port: 0, namespace: installNamespace };
    return await startProgressServer({ ...address, serverNames: [serverName], api: operator, log });
  }

  async function createJob(name: string): Promise<void> {
    await admin.raw('POST', `/apis/distill.stratos.dev/v1alpha1/namespaces/${namespace()}/distillationjobs`, {
      apiVersion: 'distill.stratos.dev/v1alpha1',
      kind: 'DistillationJob',
      metadata: { name },
      spec: {
        task: { train: { uri: 'builtin://train.jsonl' }, evaluation: { uri: 'builtin://test.jsonl' } },
        teachers: [{ name: 'large', uri: 'builtin://models/large' }],
        students: [{ name: 'small', uri: 'builtin://models/small' }],
        output: { uri: 'pvc://students/mahjong' },
      },
    });
  }

  async function createPod(name: string, job?: string): Promise<void> {
    await admin.raw('POST', `/api/v1/namespaces/${namespace()}/pods`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: job === undefined ? {} : { [jobLabel]: job } },
      spec: { containers: [{ name: 'trainer', image: 'trainer' }], nodeSelector: { nowhere: 'true' } },
    });
  }

  const key = (name = 'mahjong'): JobKey => ({ namespace: namespace(), name });

  /** What the kubelet would project into the pod. */
  async function podToken(pod: string | undefined, audience = audienceOf(key())): Promise<string> {
    const path = `/api/v1/namespaces/${namespace()}/serviceaccounts/default/token`;
    const spec = {
      audiences: [audience],
      ...(pod && { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod } }),
    };
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
    const answer = (await admin.raw('POST', path, body)) as { status: { token: string } };
    return answer.status.token;
  }

  async function report(
    token: string,
    progressPercentage: number,
    job = key(),
  ): Promise<{ code: number; message: string }> {
    const { port, caPem: ca } = server;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const trainerStatus = {
      progressPercentage,
      estimatedRemainingSeconds: 60,
      metrics: [{ name: 'loss', value: '1.234' }],
      lastUpdatedTime: '2026-11-24T05:00:00Z',
    };
    return await new Promise((resolve, reject) => {
      const options = { host: serverName, port, ca, agent: false, method: 'POST', path: reportPath(job), headers };
      request(options, (response) => {
        void response
          .setEncoding('utf8')
          .toArray()
          .then((chunks) => {
            resolve({ code: response.statusCode ?? 0, message: String(JSON.parse(chunks.join('')).message ?? '') });
          }, reject);
      })
        .on('error', reject)
        .end(JSON.stringify({ trainerStatus }));
    });
  }

  async function jobNow(): Promise<{ status?: Record<string, unknown>; metadata: { managedFields: unknown[] } }> {
    const path = `/apis/distill.stratos.dev/v1alpha1/namespaces/${namespace()}/distillationjobs/mahjong`;
    return (await admin.raw('GET', path)) as Awaited<ReturnType<typeof jobNow>>;
  }

  it("a report from a pod of the job ends in the job's status, under a field manager of its own", async () => {
    const reply = await report(await podToken('mahjong-train-0'), 42);
    assert.equal(reply.code, 200, reply.message);
    const { status, metadata } = await jobNow();
    // The zero is the CRD's own default: kstatus reads it as "no controller has seen this object yet".
    assert.deepEqual(status, {
      observedGeneration: 0,
      progress: '42%',
      trainerStatus: {
        progressPercentage: 42,
        estimatedRemainingSeconds: 60,
        metrics: [{ name: 'loss', value: '1.234' }],
        lastUpdatedTime: '2026-11-24T05:00:00Z',
      },
    });
    const entries = metadata.managedFields as { manager: string; operation: string; subresource?: string }[];
    const own = entries.find(({ manager }) => manager === 'stratos-progress');
    assert.deepEqual([own?.operation, own?.subresource], ['Apply', 'status']);
  });

  it('the progress and what the operator applies to the status leave each other alone', async () => {
    const token = await podToken('mahjong-train-0');
    assert.equal((await report(token, 42)).code, 200);
    const controlPlane = sharedControlPlane();
    const status = { observedGeneration: 1 };
    await controlPlane.kubectl(
      ['apply', '--server-side', '--field-manager=stratos', '--subresource=status', '-f', '-'],
      JSON.stringify({
        apiVersion: 'distill.stratos.dev/v1alpha1',
        kind: 'DistillationJob',
        metadata: { name: 'mahjong', namespace: namespace() },
        status,
      }),
    );
    assert.equal((await report(token, 100)).code, 200);
    const after = (await jobNow()).status;
    assert.deepEqual([after?.['observedGeneration'], after?.['progress']], [1, '100%']);
  });

  it('refuses a token for the API server', async () => {
    const token = await podToken('mahjong-train-0', 'https://kubernetes.default.svc');
    assert.equal((await report(token, 1)).code, 401);
  });

  it('refuses a token for another job, and for the same job of another namespace', async () => {
    for (const other of [key('chess'), { namespace: 'default', name: 'mahjong' }]) {
      assert.equal((await report(await podToken('mahjong-train-0', audienceOf(other)), 1)).code, 401);
    }
  });

  it('refuses a pod of no job, though its token has the right audience', async () => {
    const reply = await report(await podToken('stranger'), 1);
    assert.deepEqual(reply, { code: 403, message: "the token's pod is none of DistillationJob mahjong" });
  });

  it('refuses a pod of another job', async () => {
    await createPod('chess-train-0', 'chess');
    assert.equal((await report(await podToken('chess-train-0'), 1)).code, 403);
  });

  it('refuses a token that is bound to no pod', async () => {
    assert.equal((await report(await podToken(undefined), 1)).code, 401);
  });

  it('refuses the token of a pod that is gone', async () => {
    const token = await podToken('mahjong-train-0');
    const pod = `/api/v1/namespaces/${namespace()}/pods/mahjong-train-0?gracePeriodSeconds=0`;
    await admin.raw('DELETE', pod);
    assert.equal((await report(token, 1)).code, 401);
  });

  it('says that there is no such job', async () => {
    await createPod('go-train-0', 'go');
    const reply = await report(await podToken('go-train-0', audienceOf(key('go'))), 1, key('go'));
    assert.deepEqual(reply, { code: 404, message: `there is no DistillationJob ${namespace()}/go` });
  });

  it('refuses a token that has expired, as the API server does', async () => {
    const signingKey = await readFile(join(sharedControlPlane().dir, 'certs/service-accounts.key'), 'utf8');
    const [header = '', payload = ''] = (await podToken('mahjong-train-0')).split('.');
    const claims: Record<string, unknown> = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const resigned = (exp: number): string => {
      const text = `${header}.${Buffer.from(JSON.stringify({ ...claims, exp })).toString('base64url')}`;
      return `${text}.${createSign('RSA-SHA256').update(text).sign(signingKey, 'base64url')}`;
    };
    const now = Math.floor(Date.now() / 1000);
    assert.equal((await report(resigned(now - 1), 1)).code, 401);
    const review = tokenReviewer(operator);
    // The API server lets a minute pass for clocks that differ.
    assert.equal(await review(resigned(now - 120), audienceOf(key())), undefined);
    const bearer = { namespace: namespace(), podName: 'mahjong-train-0' };
    assert.deepEqual(await review(resigned(now + 60), audienceOf(key())), bearer);
  });

  it('refuses a token with a forged signature', async () => {
    const token = await podToken('mahjong-train-0');
    assert.equal((await report(`${token.slice(0, -8)}AAAAAAAA`, 1)).code, 401);
  });

  describe('the certificate', () => {
    const options = { namespace: installNamespace, hosts: [serverName], now: Date.now };

    beforeEach(async () => await admin.raw('DELETE', `${secretsPath}/${secretName}`));

    it('is one for all replicas, even if they start at once', async () => {
      const servers = await Promise.all([startServer(), startServer(), startServer()]);
      try {
        assert.equal(new Set(servers.map(({ caPem }) => caPem)).size, 1);
      } finally {
        await Promise.all(servers.map((one) => one.close()));
      }
    });

    it('stays the same after a restart', async () => {
      const first = await sharedCertificate({ ...options, api: operator });
      assert.deepEqual(await sharedCertificate({ ...options, api: operator }), first);
    });

    const replaced: Record<string, () => Promise<{ certificatePem: string; keyPem: string }>> = {
      'has less than 30 days left': async () =>
        await newCertificate({ hosts: [serverName], now: () => Date.now() - 336 * 86_400_000 }),
      'is for another host': async () => await newCertificate({ hosts: ['stratos.example'], now: Date.now }),
      'does not go with its key': async () => ({
        ...(await newCertificate(options)),
        keyPem: (await newCertificate(options)).keyPem,
      }),
      'is none': async () => ({ certificatePem: 'nothing', keyPem: 'nothing' }),
    };
    for (const [name, old] of Object.entries(replaced)) {
      it(`is replaced, once, when it ${name}`, async () => {
        const { certificatePem, keyPem } = await old();
        await admin.raw('POST', secretsPath, {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: secretName },
          type: 'kubernetes.io/tls',
          data: {
            'tls.crt': Buffer.from(certificatePem).toString('base64'),
            'tls.key': Buffer.from(keyPem).toString('base64'),
          },
        });
        const both = await Promise.all([1, 2].map(async () => await sharedCertificate({ ...options, api: operator })));
        assert.deepEqual(both[0], both[1]);
        assert.notEqual(both[0]?.certificatePem, certificatePem);
        const daysLeft =
          (Date.parse(new X509Certificate(both[0]?.certificatePem ?? '').validTo) - Date.now()) / 86_400_000;
        assert.ok(daysLeft > 364, String(daysLeft));
      });
    }
  });
});
