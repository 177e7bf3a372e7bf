import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Engine } from '../../support/inference-sim/engine.ts';
import { readOptions } from '../../support/inference-sim/flags.ts';
import { SimMetrics } from '../../support/inference-sim/metrics.ts';

function started(flags: readonly string[]) {
  const options = readOptions(['model', ...flags]);
  const metrics = new SimMetrics(options.model, options.fakeMetrics);
  const engine = new Engine(options, metrics.events);
  metrics.follow(engine);
  const ask = (maxTokens = 4) =>
    new Promise<string>(
      (onEnd) => void engine.submit({ promptTokens: 10, maxTokens, onToken: () => undefined, onEnd }),
    );
  return { engine, metrics, ask };
}

describe('the inference simulator', () => {
  it('runs as many requests as it has sequences, and the others wait in order', async () => {
    const { engine, metrics, ask } = started(['--max-num-seqs', '2', '--time-to-first-token', '5']);
    const all = Promise.all([ask(), ask(), ask()]);
    assert.deepEqual([engine.running, engine.waiting], [2, 1]);
    const page = await metrics.page();
    assert.match(page, /^vllm:num_requests_waiting\{model_name="model",engine="0"\} 1$/m);
    assert.deepEqual(await all, ['length', 'length', 'length']);
    assert.deepEqual([engine.running, engine.waiting], [0, 0]);
    const after = await metrics.page();
    assert.match(after, /^vllm:request_success_total\{model_name="model",engine="0",finished_reason="length"\} 3$/m);
    assert.match(after, /^vllm:time_to_first_token_seconds_count\{model_name="model",engine="0"\} 3$/m);
    assert.match(after, /^vllm:generation_tokens_total\{model_name="model",engine="0"\} 12$/m);
  });

  it('a client that leaves gives its place to the next', async () => {
    const { engine } = started(['--max-num-seqs', '1', '--time-to-first-token', '10000']);
    const ended: string[] = [];
    const abort = engine.submit({
      promptTokens: 1,
      maxTokens: 1,
      onToken: () => undefined,
      onEnd: (how) => ended.push(how),
    });
    const aborts = engine.submit({ promptTokens: 1, maxTokens: 1, onToken: () => undefined, onEnd: () => undefined });
    abort();
    await sleep(0);
    assert.deepEqual([ended, engine.running, engine.waiting], [['abort'], 1, 0]);
    aborts();
  });

  it('shows what it is told to, or nothing', async () => {
    const { metrics } = started([
      '--fake-metrics',
      '{"vllm:num_requests_waiting":"NaN","vllm:kv_cache_usage_perc":""}',
    ]);
    const page = await metrics.page();
    assert.match(page, /^vllm:num_requests_waiting\{[^}]*\} NaN$/m);
    assert.doesNotMatch(page, /^vllm:kv_cache_usage_perc/m);
  });

  it('refuses a flag that vLLM does not have', () => {
    assert.throws(() => readOptions(['model', '--no-such-flag']), /Unknown option '--no-such-flag'/);
  });
});
