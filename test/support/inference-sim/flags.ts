// The command line: vLLM's flags as the operator gives them, and the timing and failure flags of llm-d-inference-sim.
import { parseArgs } from 'node:util';

const text = { type: 'string' } as const;
const flags = {
  // vLLM's; those that only matter to a real engine are taken and left alone.
  host: text,
  port: text,
  'served-model-name': text,
  'max-num-seqs': text,
  'max-model-len': text,
  'shutdown-timeout': text,
  dtype: text,
  seed: text,
  quantization: text,
  revision: text,
  'tensor-parallel-size': text,
  'pipeline-parallel-size': text,
  'gpu-memory-utilization': text,
  'kv-cache-dtype': text,
  'max-num-batched-tokens': text,
  'max-lora-rank': text,
  'max-loras': text,
  'lora-modules': { type: 'string', multiple: true },
  'download-dir': text,
  'load-format': text,
  'enable-lora': { type: 'boolean' },
  'enable-prefix-caching': { type: 'boolean' },
  'enforce-eager': { type: 'boolean' },
  // llm-d-inference-sim's.
  mode: text,
  'time-to-first-token': text,
  'inter-token-latency': text,
  'kv-cache-size': text,
  'failure-injection-rate': text,
  'fake-metrics': text,
  // Ours: how long the weights take to load; -1 never ends.
  'load-milliseconds': text,
} as const;

export interface SimOptions {
  readonly model: string;
  readonly port: number;
  readonly maxSequences: number;
  /** Milliseconds from the start of a request that needn't wait to its first token. */
  readonly firstTokenMs: number;
  /** Milliseconds between two tokens of a request that is alone; a full batch is half as fast. */
  readonly interTokenMs: number;
  /** Tokens that the key-value cache holds. */
  readonly kvTokens: number;
  /** `echo` answers with the question, `random` with nonsense. */
  readonly mode: 'echo' | 'random';
  /** Percent of the requests that end with a server error. */
  readonly failurePercent: number;
  readonly loadMs: number;
  readonly drainMs: number;
  /** Values that `/metrics` shows whatever is true, by metric name; an empty one leaves the metric out. */
  readonly fakeMetrics: Readonly<Record<string, string>>;
}

/** @throws Error in the words of vLLM's own usage message for a flag that it does not know. */
export function readOptions(argv: readonly string[]): SimOptions {
  const { values, positionals } = parseArgs({ args: [...argv], options: flags, allowPositionals: true });
  const number = (name: keyof typeof flags, fallback: number): number => {
    const value = Number(values[name] ?? fallback);
    if (!Number.isFinite(value)) throw new Error(`argument --${name}: invalid value: '${String(values[name])}'`);
    return value;
  };
  return {
    model: values['served-model-name'] ?? positionals[0] ?? 'model',
    port: number('port', 8000),
    maxSequences: number('max-num-seqs', 16),
    firstTokenMs: number('time-to-first-token', 20),
    interTokenMs: number('inter-token-latency', 5),
    kvTokens: number('kv-cache-size', 65_536),
    mode: values.mode === 'random' ? 'random' : 'echo',
    failurePercent: number('failure-injection-rate', 0),
    loadMs: number('load-milliseconds', 0),
    drainMs: number('shutdown-timeout', 0) * 1000,
    fakeMetrics: JSON.parse(values['fake-metrics'] ?? '{}') as Record<string, string>,
  };
}
