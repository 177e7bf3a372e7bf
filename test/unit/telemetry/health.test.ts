import assert from 'node:assert/strict';
import { type Check, HealthServer } from '../../../src/telemetry/health.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';

describe('HealthServer', () => {
  let unsynced: readonly string[];
  let dead: Check;
  let server: HealthServer;
  let base: string;
  beforeEach(async () => {
    unsynced = [];
    dead = () => [];
    server = new HealthServer({
      host: '127.0.0.1',
      port: 0,
      healthz: { reflectors: () => dead() },
      readyz: { caches: () => unsynced },
      metrics: new Metrics().registry,
    });
    base = `http://127.0.0.1:${await server.start()}`;
  });
  afterEach(() => server.stop());

  const get = async (path: string, init: RequestInit = {}): Promise<string> => {
    const response = await fetch(base + path, init);
    return `${response.status} ${(await response.text()).trim()}`;
  };

  it('is well when nothing is wrong', async () => {
    assert.equal(await get('/healthz'), '200 [+]reflectors ok');
    assert.equal(await get('/readyz?verbose'), '200 [+]caches ok');
  });

  it('is not ready, and says why, while a cache is not synced', async () => {
    unsynced = ['pods', 'jobs'];
    assert.equal(await get('/readyz'), '503 [-]caches failed: pods, jobs');
    assert.equal(await get('/healthz'), '200 [+]reflectors ok');
  });

  it('is unhealthy when a check throws', async () => {
    dead = () => {
      throw new Error('a bug');
    };
    assert.equal(await get('/healthz'), '503 [-]reflectors failed: a bug');
  });

  it('serves metrics in the text format', async () => {
    const response = await fetch(`${base}/metrics`);
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    assert.match(await response.text(), /# TYPE workqueue_depth gauge/);
  });

  it('serves nothing else', async () => {
    assert.equal(await get('/'), '404 not found');
    assert.equal(await get('/healthz', { method: 'POST' }), '405 method not allowed');
  });

  it('stops at once, though a client keeps its connection', async () => {
    await get('/healthz');
    await server.stop();
    await assert.rejects(get('/healthz'));
  });
});
