import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Asker } from '../../../../src/adapters/questions/asker.ts';

const never = new AbortController().signal;

describe('asking a server one question', () => {
  const asker = new Asker({ timeoutMs: 200, concurrency: 2, mostBytes: 1000 });
  let server: Server;
  let listen: RequestListener;
  let asked: { path: string | undefined; body: unknown };
  const question = (api: 'Chat' | 'Completions') => ({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    api,
    model: 'tiles',
    prompt: '2 + 2 =',
    maxTokens: 5,
  });
  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        asked = { path: request.url, body: JSON.parse(Buffer.concat(chunks).toString()) };
        listen(request, response);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const says =
    (body: unknown): RequestListener =>
    (_, response) =>
      response.end(JSON.stringify(body));
  const common = { model: 'tiles', max_tokens: 5, temperature: 0, seed: 0, stream: false };

  it('a chat, greedily', async () => {
    listen = says({ choices: [{ message: { content: '4 é' } }] });
    assert.deepEqual(await asker.ask(question('Chat'), never), { text: '4 é' });
    const messages = [{ role: 'user', content: '2 + 2 =' }];
    assert.deepEqual(asked, { path: '/v1/chat/completions', body: { ...common, messages } });
  });

  it('a completion', async () => {
    listen = says({ choices: [{ text: ' 4' }] });
    assert.deepEqual(await asker.ask(question('Completions'), never), { text: ' 4' });
    assert.deepEqual(asked, { path: '/v1/completions', body: { ...common, prompt: '2 + 2 =' } });
  });

  const status =
    (code: number): RequestListener =>
    (_, response) =>
      response.writeHead(code).end('{}');
  const cases: Record<string, { listen: RequestListener; want: object }> = {
    'a chat that says nothing is an answer': {
      listen: says({ choices: [{ message: { content: null } }] }),
      want: { text: '' },
    },
    'a question that is too long is refused': { listen: status(400), want: { refusal: 'the server answers 400' } },
    'who wants a password refuses no question': { listen: status(401), want: { trouble: 'the server answers 401' } },
    'an error may be over the next time': { listen: status(503), want: { trouble: 'the server answers 503' } },
    'a page that is no answer': {
      listen: (_, response) => response.end('<html>'),
      want: { trouble: 'the answer has another form than that of OpenAI' },
    },
    'an answer without a choice': {
      listen: says({ choices: [] }),
      want: { trouble: 'the answer has another form than that of OpenAI' },
    },
    'an answer without an end is cut off': {
      listen: (_, response) => response.write('x'.repeat(2000)),
      want: { trouble: 'the answer is longer than 1000 bytes' },
    },
    'silence is waited for so long': { listen: () => undefined, want: { trouble: 'no answer in 200 ms' } },
    'half an answer as well': {
      listen: (_, response) => response.write('{'),
      want: { trouble: 'no answer in 200 ms' },
    },
  };
  for (const [name, tc] of Object.entries(cases)) {
    it(name, async () => {
      listen = tc.listen;
      assert.deepEqual(await asker.ask(question('Chat'), never), tc.want);
    });
  }

  it('no more at once than it was told', async () => {
    let open = 0;
    let most = 0;
    listen = (_, response) => {
      most = Math.max(most, (open += 1));
      setTimeout(() => {
        open -= 1;
        response.end('{}');
      }, 5);
    };
    await Promise.all(Array.from({ length: 8 }, () => asker.ask(question('Chat'), never)));
    assert.equal(most, 2);
  });

  it('what is stopped is not waited for', async () => {
    listen = () => undefined;
    const stop = new AbortController();
    const answer = new Asker().ask(question('Chat'), stop.signal);
    setTimeout(() => stop.abort(), 10);
    assert.deepEqual(await answer, { trouble: 'the operator is stopping' });
  });
});
