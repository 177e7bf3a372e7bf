// Stands for vLLM where load is the point and not answers: its command line, probes, API, streams and metrics, with real queues.
//
//   node server.ts MODEL --port 8000 --max-num-seqs 4 --time-to-first-token 50 --inter-token-latency 10
//
// llm-d-inference-sim does the same in Go; where the Go proxy refuses its module (it did for v0.1.0 to v0.7.1) this is what can
// be had. `POST /sim/metrics {"vllm:num_requests_waiting": "NaN"}` makes its metrics lie from then on.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { addressVariable } from '../local-node/runtime.ts';
import { Engine } from './engine.ts';
import { readOptions, type SimOptions } from './flags.ts';
import { SimMetrics } from './metrics.ts';

interface Question {
  readonly prompt?: string;
  readonly messages?: readonly { readonly content: string }[];
  readonly max_tokens?: number;
  readonly stream?: boolean;
}

const options = optionsOrUsage();
const metrics = new SimMetrics(options.model, options.fakeMetrics);
const engine = new Engine(options, metrics.events);
metrics.follow(engine);
let loaded = options.loadMs === 0;
if (options.loadMs > 0) setTimeout(() => (loaded = true), options.loadMs);

function optionsOrUsage(): SimOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`vllm: error: ${error instanceof Error ? error.message : String(error)}\n`);
    return process.exit(2);
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await textOf(request);
  const path = request.url ?? '';
  switch (path) {
    case '/health':
      return void response.end();
    case '/metrics':
      return void response.setHeader('content-type', 'text/plain; version=0.0.4').end(await metrics.page());
    case '/v1/models':
      return loaded ? send(response, 200, models()) : send(response, 503, { error: 'the model is being loaded' });
    case '/v1/completions':
    case '/v1/chat/completions':
      return complete(JSON.parse(body) as Question, response, path.includes('chat'));
    case '/sim/metrics':
      metrics.fakes = JSON.parse(body) as Record<string, string>;
      return send(response, 200, metrics.fakes);
    default:
      return send(response, 404, { error: 'not found' });
  }
}

const models = () => ({ object: 'list', data: [{ id: options.model, object: 'model', owned_by: 'inference-sim' }] });

function complete(question: Question, response: ServerResponse, chat: boolean): void {
  if (Math.random() * 100 < options.failurePercent) {
    metrics.failed();
    return send(response, 500, { error: 'injected failure' });
  }
  const prompt = question.prompt ?? question.messages?.map(({ content }) => content).join('\n') ?? '';
  const promptTokens = Math.ceil(prompt.length / 4);
  const words = answerWords(prompt, question.max_tokens ?? 16);
  const stream = question.stream === true;
  if (stream) response.writeHead(200, { 'content-type': 'text/event-stream' });
  const abort = engine.submit({
    promptTokens,
    maxTokens: words.length,
    onToken: (index) => stream && response.write(`data: ${JSON.stringify(part(words[index] ?? '', chat))}\n\n`),
    onEnd: () => {
      if (stream) return response.end('data: [DONE]\n\n');
      const usage = { prompt_tokens: promptTokens, completion_tokens: words.length };
      return send(response, 200, { ...whole(words.join(''), chat), usage });
    },
  });
  response.once('close', abort);
}

/** As many words as tokens were asked for. */
function answerWords(prompt: string, count: number): string[] {
  const source = options.mode === 'echo' ? prompt.split(/(?<= )/) : ['lorem ', 'ipsum ', 'dolor '];
  return Array.from({ length: Math.max(1, count) }, (_, index) => source[index % source.length] ?? '');
}

// Which pod answered, for tests of a rollout.
const common = () => ({ model: options.model, system_fingerprint: process.env['HOSTNAME'] });

function whole(text: string, chat: boolean) {
  const content = chat ? { message: { role: 'assistant', content: text } } : { text };
  return { ...common(), choices: [{ index: 0, ...content, finish_reason: 'length' }] };
}

function part(text: string, chat: boolean) {
  return { ...common(), choices: [{ index: 0, ...(chat ? { delta: { content: text } } : { text }) }] };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, code: number, body: unknown): void {
  if (!response.writableEnded)
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => send(response, 400, { error: String(error) }));
});
server.listen(options.port, process.env[addressVariable] ?? '127.0.0.1');
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  setTimeout(() => process.exit(0), options.drainMs);
});
