import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readSample } from '../../../../../src/domain/student/autoscale/exposition.ts';
import { mean, quantile } from '../../../../../src/domain/student/autoscale/histogram.ts';

const labels = 'engine="0",model_name="a b{c}"';

/** What vLLM of today shows, cut to two buckets. */
const today = `# HELP vllm:num_requests_waiting Number of requests waiting to be processed.
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_running{${labels}} 3.0
vllm:num_requests_waiting{${labels}} 2.0
vllm:num_requests_waiting_by_reason{${labels},reason="capacity"} 2.0
vllm:kv_cache_usage_perc{${labels}} 0.25
vllm:request_success_total{${labels},finished_reason="stop"} 10.0
vllm:request_success_total{${labels},finished_reason="length"} 5.0
vllm:request_success_total{${labels},finished_reason="abort"} 7.0
vllm:request_success_total{${labels},finished_reason="error"} 1.0
vllm:generation_tokens_total{${labels}} 1500.0
vllm:prompt_tokens_total{${labels}} 3000.0
vllm:prefix_cache_queries_total{${labels}} 3000.0
vllm:prefix_cache_hits_total{${labels}} 600.0
vllm:request_queue_time_seconds_sum{${labels}} 0.75
vllm:request_queue_time_seconds_count{${labels}} 15.0
vllm:time_to_first_token_seconds_bucket{${labels},le="0.1"} 5.0
vllm:time_to_first_token_seconds_bucket{${labels},le="1.0"} 15.0
vllm:time_to_first_token_seconds_bucket{${labels},le="+Inf"} 15.0
vllm:time_to_first_token_seconds_count{${labels}} 15.0
vllm:time_to_first_token_seconds_sum{${labels}} 4.5
process_cpu_seconds_total 12.5
`;

describe("a page of vLLM's metrics", () => {
  it('of today', () => {
    const sample = readSample(today);
    const { firstToken, ...rest } = sample;
    assert.deepEqual(rest, {
      waiting: 2,
      running: 3,
      cacheUse: 0.25,
      succeeded: 15,
      failed: 1,
      generatedTokens: 1500,
      promptTokens: 3000,
      cachedTokens: 600,
      queuedSeconds: 0.75,
      interToken: undefined,
      faults: [],
    });
    assert.equal(mean(firstToken), 0.3);
    assert.equal(quantile(firstToken, 0.5)?.toFixed(3), '0.325');
  });

  it('of older versions, under their names', () => {
    const page = today
      .replace('vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc')
      .replaceAll('time_to_first_token', 'time_per_output_token');
    const { cacheUse, firstToken, interToken } = readSample(page);
    assert.equal(cacheUse, 0.25);
    assert.equal(firstToken, undefined);
    assert.equal(mean(interToken), 0.3);
  });

  it("with both names, today's counts", () => {
    const page = `${today}vllm:gpu_cache_usage_perc{${labels}} 0.9\n`;
    assert.equal(readSample(page).cacheUse, 0.25);
  });

  it('of several engines in one pod: counts are summed, shares averaged', () => {
    const second = today
      .replaceAll('engine="0"', 'engine="1"')
      .replace('usage_perc{engine="1",model_name="a b{c}"} 0.25', 'usage_perc{engine="1",model_name="a b{c}"} 0.75');
    const { waiting, cacheUse, firstToken } = readSample(today + second);
    assert.deepEqual([waiting, cacheUse, firstToken?.counts], [4, 0.5, [10, 30, 30]]);
  });

  const faults: Record<string, [from: RegExp, to: string, fault: RegExp]> = {
    'that is NaN': [/waiting\{(.*)\} 2.0/, 'waiting{$1} NaN', /num_requests_waiting is NaN/],
    'that is negative': [/running\{(.*)\} 3.0/, 'running{$1} -1', /num_requests_running is -1/],
    'with a share above one': [/perc\{(.*)\} 0.25/, 'perc{$1} 25', /cache is 25, which is above 1/],
    'whose buckets fall': [/le="1.0"\} 15.0/, 'le="1.0"} 3.0', /buckets of a histogram fall/],
  };
  for (const [what, [from, to, fault]] of Object.entries(faults)) {
    it(`names a value ${what}, and does not believe it`, () => {
      assert.match(today, from);
      const sample = readSample(today.replace(from, to));
      assert.match(sample.faults.join(), fault);
    });
  }

  it('of another program says nothing', () => {
    assert.equal(readSample('go_goroutines 12\n').waiting, undefined);
    assert.equal(readSample('<html>').waiting, undefined);
  });

  it('is read without a fault whatever it is', () => {
    const line = fc
      .tuple(fc.constantFrom(...today.split('\n')), fc.nat(80), fc.string())
      .map(([text, at, junk]) => text.slice(0, at) + junk);
    fc.assert(fc.property(fc.array(line), (lines) => void readSample(lines.join('\n'))));
  });
});
