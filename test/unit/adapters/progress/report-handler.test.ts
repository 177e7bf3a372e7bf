import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type RequestOptions, type Server } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { inspect } from 'node:util';
import { newCertificate, type ServingCertificate } from '../../../../src/adapters/progress/certificate.ts';
import { audienceOf, reportPath, type JobKey, type TrainerStatus } from '../../../../src/adapters/progress/protocol.ts';
import { reportHandler, type ReportHandlerOptions } from '../../../../src/adapters/progress/report-handler.ts';

const job: JobKey = { namespace: 'team-a', name: 'mahjong' };
const lastUpdatedTime = '2026-11-24T05:00:00Z';
const goodBody = JSON.stringify({ trainerStatus: { lastUpdatedTime, progressPercentage: 42 } });

/** A token as its bearer sees it: what stands in it decides nothing, but what cannot be valid is not even asked about. */
function aToken(claims: object = {}): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const all = { aud: [audienceOf(job)], exp: Math.ceil(Date.now() / 1000) + 600, ...claims };
  return `${part({ alg: 'RS256' })}.${part(all)}.c2lnbmF0dXJl`;
}

interface Reply {
  readonly code: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: { readonly reason?: string; readonly message?: string; readonly status: string };
}

interface Post extends RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly token?: string;
}

describe('the progress server', () => {
  let certificate: ServingCertificate;
  let server: Server;
  let options: { -readonly [key in keyof ReportHandlerOptions]: ReportHandlerOptions[key] };
  let seen: { reviews: number; written: [JobKey, TrainerStatus][]; warnings: unknown[] };
  let now: number;

  before(async () => {
    certificate = await newCertificate({ hosts: ['127.0.0.1'], now: Date.now });
  });

  beforeEach(async () => {
    now = 0;
    seen = { reviews: 0, written: [], warnings: [] };
    options = {
      monotonic: () => now,
      reviewToken: async () => {
        seen.reviews += 1;
        return { namespace: 'team-a', podName: 'mahjong-train-0' };
      },
      podBelongsTo: (namespace, pod, name) => namespace === 'team-a' && pod === 'mahjong-train-0' && name === 'mahjong',
      write: async (key, status) => {
        seen.written.push([key, status]);
        return true;
      },
      log: { info: () => undefined, warn: (fields, message) => seen.warnings.push([fields, message]) },
    };
    server = createServer({ cert: certificate.certificatePem, key: certificate.keyPem }, (incoming, response) =>
      handler(incoming, response),
    );
    const handler = reportHandler(
      new Proxy(options, {}), // so that a case can change a port after the server has started
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  async function post({ body = goodBody, token = aToken(), headers, ...more }: Post = {}): Promise<Reply> {
    return await new Promise((resolve, reject) => {
      const outgoing = request({
        host: '127.0.0.1',
        port: (server.address() as AddressInfo).port,
        ca: certificate.certificatePem,
        method: 'POST',
        path: reportPath(job),
        agent: false,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
        ...more,
      });
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        void response
          .setEncoding('utf8')
          .toArray()
          .then((chunks) => {
            resolve({ code: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(chunks.join('')) });
          }, reject);
      });
      outgoing.end(body);
    });
  }

  it('hands a good report on', async () => {
    const reply = await post();
    assert.deepEqual([reply.code, reply.body.status], [200, 'Success']);
    assert.deepEqual(seen.written, [[job, { lastUpdatedTime, progressPercentage: 42 }]]);
  });

  const refusals: Record<string, { change?: () => void; post: () => Post; want: [number, RegExp] }> = {
    'another path': { post: () => ({ path: '/healthz' }), want: [404, /nothing at this path/] },
    'another method': { post: () => ({ method: 'PUT' }), want: [405, /by POST/] },
    'no token': { post: () => ({ headers: { authorization: '' } }), want: [401, /Authorization: Bearer/] },
    'another kind of credentials': {
      post: () => ({ headers: { authorization: 'Basic YTpi' } }),
      want: [401, /Authorization: Bearer/],
    },
    'a token that is none': { post: () => ({ token: 'abc' }), want: [401, /of audience/] },
    'a token of another audience': {
      post: () => ({ token: aToken({ aud: ['https://kubernetes.default.svc'] }) }),
      want: [401, /of audience/],
    },
    'a token that has expired': {
      post: () => ({ token: aToken({ exp: Math.floor(Date.now() / 1000) - 1 }) }),
      want: [401, /must be valid/],
    },
    'a token that the API server does not know': {
      change: () => (options.reviewToken = async () => undefined),
      post: () => ({}),
      want: [401, /must be valid/],
    },
    'a token of another namespace': {
      change: () => (options.reviewToken = async () => ({ namespace: 'team-b', podName: 'mahjong-train-0' })),
      post: () => ({}),
      want: [403, /none of DistillationJob mahjong/],
    },
    'a pod of another job': {
      change: () => (options.podBelongsTo = () => false),
      post: () => ({}),
      want: [403, /none of DistillationJob mahjong/],
    },
    'another kind of body': {
      post: () => ({ headers: { 'content-type': 'text/plain' } }),
      want: [415, /application\/json/],
    },
    'a body that is too long': { post: () => ({ body: 'x'.repeat(65_537) }), want: [413, /65536 bytes/] },
    'a body that is wrong': { post: () => ({ body: '{}' }), want: [400, /trainerStatus/] },
    'a job that is gone': {
      change: () => (options.write = async () => false),
      post: () => ({}),
      want: [404, /no DistillationJob team-a\/mahjong/],
    },
    'an API server that is away': {
      change: () => (options.write = () => Promise.reject(new Error('connect ECONNREFUSED 10.96.0.1:443'))),
      post: () => ({}),
      want: [503, /try again later/],
    },
  };
  for (const [name, { change, post: makePost, want }] of Object.entries(refusals)) {
    it(`refuses ${name} with ${want[0]} and a reason`, async () => {
      change?.();
      const reply = await post(makePost());
      assert.equal(reply.code, want[0]);
      assert.match(reply.body.message ?? '', want[1]);
      assert.equal(reply.body.status, 'Failure');
      assert.deepEqual(seen.written, []);
    });
  }

  it('does not ask the API server about a token that cannot be valid', async () => {
    await post({ token: 'abc' });
    await post({ token: aToken({ aud: 'another' }) });
    await post({ token: aToken({ exp: 1 }) });
    assert.equal(seen.reviews, 0);
  });

  it('remembers a valid token for a minute', async () => {
    // One token: another one a second later would be another digest.
    const token = aToken();
    await post({ token });
    now += 59_999;
    await post({ token });
    assert.equal(seen.reviews, 1);
    now += 1;
    await post({ token });
    assert.equal(seen.reviews, 2);
  });

  it('does not trust a token longer than it lives, whatever the cache says', async () => {
    const token = aToken({ exp: Math.ceil(Date.now() / 1000) + 30 });
    await post({ token });
    now += 31_000;
    await post({ token });
    assert.equal(seen.reviews, 2);
  });

  it('does not remember a refusal: a pod that was unknown a moment ago may report', async () => {
    options.podBelongsTo = () => false;
    assert.equal((await post()).code, 403);
    options.podBelongsTo = () => true;
    assert.equal((await post()).code, 200);
  });

  it('does not take a token remembered for one job for another', async () => {
    await post();
    const other = reportPath({ ...job, name: 'chess' });
    assert.equal((await post({ path: other })).code, 401);
  });

  it('limits the reports of a job, and says when to come back', async () => {
    const codes = [];
    for (let i = 0; i < 11; i += 1) codes.push((await post()).code);
    assert.deepEqual(codes, [...Array.from({ length: 10 }, () => 200), 429]);
    assert.equal((await post()).headers['retry-after'], '1');
    now += 1_000;
    assert.equal((await post()).code, 200);
  });

  it("does not let a stranger use up the job's share", async () => {
    for (let i = 0; i < 20; i += 1) await post({ token: 'abc' });
    assert.equal((await post()).code, 200);
  });

  it('checks at most sixteen tokens at a time', async () => {
    const gate = Promise.withResolvers<void>();
    options.reviewToken = async () => {
      seen.reviews += 1;
      await gate.promise;
      return undefined;
    };
    const waiting = Array.from({ length: 16 }, (_, i) => post({ token: aToken({ jti: i }) }));
    while (seen.reviews < 16) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal((await post({ token: aToken({ jti: 'late' }) })).code, 503);
    gate.resolve();
    for (const reply of await Promise.all(waiting)) assert.equal(reply.code, 401);
  });

  it('logs neither tokens nor bodies', async () => {
    options.write = () => Promise.reject(new Error('no route'));
    const token = aToken();
    await post({
      token,
      body: JSON.stringify({ trainerStatus: { lastUpdatedTime, metrics: [{ name: 'secret', value: '1' }] } }),
    });
    assert.equal(seen.warnings.length, 1);
    const logged = inspect(seen.warnings, { depth: 10 });
    assert.ok(!logged.includes(token) && !logged.includes('secret'), logged);
  });

  it('outlives a trainer that hangs up in the middle of its report', async () => {
    const socket = connect({
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      ca: certificate.certificatePem,
    });
    await once(socket, 'secureConnect');
    socket.write(
      `POST ${reportPath(job)} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nauthorization: Bearer ${aToken()}\r\ncontent-length: 100\r\n\r\n{`,
    );
    while (seen.reviews === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    socket.destroy();
    assert.equal((await post()).code, 200);
    assert.deepEqual(seen.warnings, []);
  });
});
