import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { selfSignedCertificate } from '../../support/local-node/certificate.ts';
import { imageName, ImageTable } from '../../support/local-node/images.ts';
import { expandTemplate } from '../../support/local-node/node-registration.ts';
import { AddressPool, toLoopback, toPublished } from '../../support/local-node/pod-address.ts';
import { delayMs } from '../../support/local-node/runtime.ts';

const run = promisify(execFile);

const images: Record<string, string> = {
  python: 'python',
  'python:3.11': 'python',
  'example.dev/team/trainer:v1': 'example.dev/team/trainer',
  'localhost:5000/trainer': 'localhost:5000/trainer',
  'localhost:5000/trainer:v1': 'localhost:5000/trainer',
  'example.dev/trainer:v1@sha256:0123': 'example.dev/trainer',
};

describe('image names', () => {
  for (const [reference, want] of Object.entries(images)) {
    it(`${reference} is ${want}`, () => assert.equal(imageName(reference), want));
  }

  it('a table forgets what is removed', () => {
    const table = new ImageTable({ trainer: { command: ['train'] } });
    assert.deepEqual(table.find('trainer:v2')?.command, ['train']);
    table.remove('trainer');
    assert.equal(table.find('trainer:v2'), undefined);
  });
});

describe('addresses of pods', () => {
  it('are published outside loopback and lead back to it', () => {
    assert.equal(toPublished('127.18.3.7'), '198.18.3.7');
    assert.equal(toLoopback('198.18.3.7'), '127.18.3.7');
    assert.equal(toLoopback('198.19.255.1'), '127.19.255.1');
    assert.equal(toLoopback('198.20.0.1'), '198.20.0.1');
  });

  it('lead a program that knows nothing of it to the pod', async () => {
    const pool = await AddressPool.claim();
    const address = pool.allocate();
    const server = createServer((_, response) => response.end('from the pod'));
    server.listen(0, address);
    await once(server, 'listening');
    const bound = server.address();
    const port = typeof bound === 'object' ? bound?.port : undefined;
    const routes = join(import.meta.dirname, '../../support/local-node/loopback-routes.ts');
    const program = `console.log(await (await fetch('http://${toPublished(address)}:${port}/')).text())`;
    const { stdout } = await run(process.execPath, ['--import', routes, '--input-type=module', '--eval', program]);
    server.close();
    pool.close();
    assert.equal(stdout, 'from the pod\n');
  });

  it('are never the same, in one pool or in two', async () => {
    const pools = await Promise.all([AddressPool.claim(), AddressPool.claim()]);
    try {
      const addresses = pools.flatMap((pool) => Array.from({ length: 300 }, () => pool.allocate()));
      assert.equal(new Set(addresses).size, 600);
    } finally {
      for (const pool of pools) pool.close();
    }
  });
});

describe('certificate of the log server', () => {
  const now = new Date('2030-05-06T07:08:09Z');
  const { cert, key } = selfSignedCertificate('local-node', now);
  const parsed = new X509Certificate(cert);

  it('is signed with its own key', () => {
    assert.ok(key.startsWith('-----BEGIN PRIVATE KEY-----'));
    assert.ok(parsed.verify(parsed.publicKey));
  });

  it('names the server and loopback', () => {
    assert.equal(parsed.subject, 'CN=local-node');
    assert.equal(parsed.subjectAltName, 'DNS:localhost, IP Address:127.0.0.1');
  });

  it('is valid from an hour ago for a year', () => {
    assert.equal(parsed.validFromDate.toISOString(), '2030-05-06T06:08:09.000Z');
    assert.equal(parsed.validToDate.toISOString(), '2031-05-06T07:08:09.000Z');
  });
});

describe('delays and templates', () => {
  it('a back-off doubles up to its limit', () => {
    const delays = [1, 2, 3, 6, 60].map((attempt) => delayMs({ firstMs: 1000, mostMs: 30_000 }, attempt));
    assert.deepEqual(delays, [1000, 2000, 4000, 30_000, 30_000]);
  });

  it('a template with a count stands for that many nodes', () => {
    assert.deepEqual(
      expandTemplate({ name: 'gpu', count: 2, labels: { a: 'b' } }).map(({ name, labels }) => [name, labels]),
      [
        ['gpu-0', { a: 'b' }],
        ['gpu-1', { a: 'b' }],
      ],
    );
    assert.equal(expandTemplate({ name: 'cpu' })[0]?.name, 'cpu');
  });
});
