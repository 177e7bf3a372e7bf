import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Scraper } from '../../../../src/adapters/scrape/scraper.ts';

const never = new AbortController().signal;

describe('reading pages of metrics', () => {
  const scraper = new Scraper({ timeoutMs: 100, concurrency: 2, mostBytes: 1000 });
  let server: Server;
  let connections = 0;
  let answer: RequestListener;
  const target = () => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  before(async () => {
    server = createServer((request, response) => answer(request, response));
    server.on('connection', () => (connections += 1));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    scraper.close();
    server.closeAllConnections();
    server.close();
  });

  const cases: Record<string, { answer: RequestListener; want: object }> = {
    'a page': { answer: (_, response) => response.end('vllm:x 1\n'), want: { page: 'vllm:x 1\n' } },
    'an error is told': {
      answer: (_, response) => response.writeHead(503).end(),
      want: { trouble: '/metrics answers 503' },
    },
    'a server that says nothing is left': { answer: () => undefined, want: { trouble: 'no answer in 100 ms' } },
    'a page without an end is cut off': {
      answer: (_, response) => response.write('x'.repeat(2000)),
      want: { trouble: '/metrics is longer than 1000 bytes' },
    },
  };
  for (const [name, tc] of Object.entries(cases)) {
    it(name, async () => {
      answer = tc.answer;
      assert.deepEqual(await scraper.scrape(target(), never), tc.want);
    });
  }

  it('nobody listens', async () => {
    const result = await scraper.scrape({ host: '127.0.0.1', port: 1 }, never);
    assert.match('trouble' in result ? result.trouble : '', /ECONNREFUSED/);
  });

  it('the connection is kept', async () => {
    answer = (_, response) => response.end('x');
    await scraper.scrape(target(), never);
    const before = connections;
    await scraper.scrape(target(), never);
    assert.equal(connections, before);
  });

  it('no more are read at once than it was told', async () => {
    let open = 0;
    let most = 0;
    answer = (_, response) => {
      most = Math.max(most, (open += 1));
      setTimeout(() => {
        open -= 1;
        response.end('x');
      }, 5);
    };
    await Promise.all(Array.from({ length: 8 }, () => scraper.scrape(target(), never)));
    assert.equal(most, 2);
  });

  it('what is stopped is not waited for', async () => {
    answer = () => undefined;
    const stop = new AbortController();
    const slow = new Scraper({ timeoutMs: 60_000 });
    const result = slow.scrape(target(), stop.signal);
    stop.abort();
    assert.ok('trouble' in (await result));
    slow.close();
  });
});
