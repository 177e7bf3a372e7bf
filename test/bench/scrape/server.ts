// Pages as long as vLLM's, of a replica with an even load: two requests a second, 80 ms to the first token.
//
//   node server.ts ADDRESS PORT
import { createServer } from 'node:http';

const [address = '127.0.1.1', port = '8000'] = process.argv.slice(2);
const labels = 'engine="0",model_name="Qwen/Qwen2.5-3B-Instruct"';
const started = performance.now();

/** vLLM's histograms have some twenty buckets each. */
const bounds = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];
const histograms = [
  'time_to_first_token_seconds',
  'inter_token_latency_seconds',
  'request_time_per_output_token_seconds',
  'e2e_request_latency_seconds',
  'request_queue_time_seconds',
  'request_inference_time_seconds',
  'request_prefill_time_seconds',
  'request_decode_time_seconds',
  'request_prompt_tokens',
  'request_generation_tokens',
  'request_max_num_generation_tokens',
  'request_params_n',
  'request_params_max_tokens',
  'iteration_tokens_total',
];
const observed = 0.07;

function page(): string {
  const requests = Math.round(((performance.now() - started) / 1000) * 2);
  const gauges = ['running{L} 2', 'waiting{L} 0'].map((line) => `vllm:num_requests_${line.replace('L', labels)}`);
  const lines = histograms.flatMap((name) => [
    `# HELP vllm:${name} Histogram of ${name.replaceAll('_', ' ')}.`,
    `# TYPE vllm:${name} histogram`,
    ...[...bounds, Infinity].map(
      (bound) =>
        `vllm:${name}_bucket{${labels},le="${bound === Infinity ? '+Inf' : bound}"} ${bound < observed ? 0 : requests}`,
    ),
    `vllm:${name}_count{${labels}} ${requests}`,
    `vllm:${name}_sum{${labels}} ${requests * observed}`,
  ]);
  return [
    ...gauges,
    `vllm:kv_cache_usage_perc{${labels}} 0.2`,
    `vllm:request_success_total{${labels},finished_reason="stop"} ${requests}`,
    `vllm:generation_tokens_total{${labels}} ${requests * 200}`,
    ...lines,
    '',
  ].join('\n');
}

// Made anew once a second, so that this process costs little beside the one that is measured.
let current = page();
setInterval(() => (current = page()), 1000);
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(current);
});
server.keepAliveTimeout = 5000; // vLLM's
server.listen(Number(port), address, () => process.stdout.write(`${current.length}\n`));
