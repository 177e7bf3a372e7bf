// Stands for vLLM where rollouts are the point and not answers: its command line, probes, metrics and chat endpoint.
//
//   node server.ts MODEL --served-model-name NAME --port PORT ...
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { addressVariable } from '../local-node/runtime.ts';

const flags = {
  'served-model-name': { type: 'string' },
  port: { type: 'string' },
  'shutdown-timeout': { type: 'string' },
  dtype: { type: 'string' },
  'max-model-len': { type: 'string' },
  'max-num-seqs': { type: 'string' },
  'gpu-memory-utilization': { type: 'string' },
  'tensor-parallel-size': { type: 'string' },
  seed: { type: 'string' },
} as const;

function readArguments() {
  try {
    return parseArgs({ args: process.argv.slice(2), options: flags, allowPositionals: true });
  } catch (error) {
    // vLLM, too, prints its usage and ends with 2.
    process.stderr.write(`vllm: error: ${error instanceof Error ? error.message : String(error)}\n`);
    return process.exit(2);
  }
}

const { values, positionals } = readArguments();
const [path = ''] = positionals;
const model = values['served-model-name'] ?? path;
if (path.startsWith('/') && !existsSync(join(path, 'config.json'))) {
  process.stderr.write(`OSError: ${path} has no config.json\n`);
  process.exit(1);
}

let answered = 0;

const pages: Readonly<Record<string, () => unknown>> = {
  '/health': () => undefined,
  '/v1/models': () => ({ object: 'list', data: [{ id: model, object: 'model', owned_by: 'stand-in' }] }),
  '/v1/chat/completions': () => ({
    object: 'chat.completion',
    model,
    // Which pod answered, for tests of a rollout.
    system_fingerprint: process.env['HOSTNAME'],
    choices: [{ index: 0, message: { role: 'assistant', content: String(++answered) }, finish_reason: 'stop' }],
  }),
};

const metrics = (): string =>
  [
    ['vllm:num_requests_running', 0],
    ['vllm:num_requests_waiting', 0],
    ['vllm:kv_cache_usage_perc', 0],
    ['vllm:request_success_total', answered],
  ]
    .map(([name, value]) => `${name}{model_name="${model}"} ${value}\n`)
    .join('');

function answer({ url = '/' }: IncomingMessage, response: ServerResponse): void {
  if (url === '/metrics') return void response.end(metrics());
  const page = pages[url];
  if (page === undefined) return void response.writeHead(404).end();
  response.setHeader('content-type', 'application/json').end(JSON.stringify(page()));
}

const server = createServer((request, response) => {
  request.resume().once('end', () => answer(request, response));
});
server.listen(Number(values.port), process.env[addressVariable]);
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
