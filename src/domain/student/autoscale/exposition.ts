/** Reads what is needed out of a page of vLLM's metrics, in Prometheus' text format. A page may have a thousand lines; few matter. */
import type { Histogram } from './histogram.ts';

/** One engine at one moment. What is missing, or not a number, is undefined; what cannot be true is in `faults`. */
export interface EngineSample {
  readonly waiting: number | undefined;
  readonly running: number | undefined;
  /** From 0 to 1. */
  readonly cacheUse: number | undefined;
  /** Requests answered, and failed, since the process began. Those that a client gave up are neither. */
  readonly succeeded: number | undefined;
  readonly failed: number | undefined;
  readonly generatedTokens: number | undefined;
  /** Tokens of prompts that were read, and those of them that the prefix cache held, since the process began. */
  readonly promptTokens: number | undefined;
  readonly cachedTokens: number | undefined;
  /** Seconds that all requests together have waited before they were begun. */
  readonly queuedSeconds: number | undefined;
  readonly firstToken: Histogram | undefined;
  readonly interToken: Histogram | undefined;
  readonly faults: readonly string[];
}

type Field =
  | 'waiting'
  | 'running'
  | 'cacheUse'
  | 'requests'
  | 'generatedTokens'
  | 'promptTokens'
  | 'cachedTokens'
  | 'queuedSeconds'
  | 'firstToken'
  | 'interToken';

/** Names by rank: the first is today's, the others are what older versions of vLLM say instead. */
const names: readonly (readonly [name: string, field: Field, rank: number])[] = [
  ['vllm:num_requests_waiting', 'waiting', 0],
  ['vllm:num_requests_running', 'running', 0],
  ['vllm:kv_cache_usage_perc', 'cacheUse', 0],
  ['vllm:gpu_cache_usage_perc', 'cacheUse', 1],
  ['vllm:request_success_total', 'requests', 0],
  ['vllm:generation_tokens_total', 'generatedTokens', 0],
  ['vllm:prompt_tokens_total', 'promptTokens', 0],
  ['vllm:prefix_cache_hits_total', 'cachedTokens', 0],
  ['vllm:gpu_prefix_cache_hits_total', 'cachedTokens', 1],
  ['vllm:request_queue_time_seconds_sum', 'queuedSeconds', 0],
  ['vllm:time_to_first_token_seconds', 'firstToken', 0],
  ['vllm:inter_token_latency_seconds', 'interToken', 0],
  ['vllm:time_per_output_token_seconds', 'interToken', 1],
];

/** A series by the name that stands on its line: `_bucket` and `_sum` are lines of a histogram. */
const lines = new Map(
  names.flatMap(([name, field, rank]) =>
    (field === 'firstToken' || field === 'interToken' ? ['_bucket', '_sum'] : ['']).map(
      (suffix) => [`${name}${suffix}`, { field, rank, suffix }] as const,
    ),
  ),
);

const prefix = 'vllm:';

/** Never throws: a page of something else gives a sample in which everything is undefined. */
export function readSample(page: string): EngineSample {
  const gathered = new Gathered();
  for (let start = 0; start < page.length; ) {
    const newline = page.indexOf('\n', start);
    const end = newline < 0 ? page.length : newline;
    if (page.startsWith(prefix, start)) gathered.line(page.slice(start, end));
    start = end + 1;
  }
  return gathered.sample();
}

interface Series {
  sum: number;
  lines: number;
}

class Gathered {
  /** By field, rank and, where it matters, a label; engines of one pod are summed. */
  readonly #series = new Map<string, Series>();
  readonly #buckets = new Map<string, Map<number, number>>();
  readonly #faults: string[] = [];

  line(text: string): void {
    const brace = text.indexOf('{');
    const nameEnd = brace < 0 ? text.indexOf(' ') : brace;
    const line = lines.get(text.slice(0, nameEnd));
    if (line === undefined) return;
    const value = Number(valueOf(text));
    if (!Number.isFinite(value) || value < 0) {
      this.#faults.push(`${text.slice(0, nameEnd)} is ${valueOf(text)}`);
      return;
    }
    const { field, rank, suffix } = line;
    if (suffix === '_bucket') this.#bucket(`${field}/${rank}`, boundOf(text), value);
    else this.#add(`${field}/${rank}/${field === 'requests' ? labelOf(text, 'finished_reason') : suffix}`, value);
  }

  sample(): EngineSample {
    const cacheUse = this.#first('cacheUse', (key) => this.#mean(key));
    if (cacheUse !== undefined && cacheUse > 1)
      this.#faults.push(`the use of the cache is ${cacheUse}, which is above 1`);
    return {
      waiting: this.#first('waiting', (key) => this.#sum(`${key}/`)),
      running: this.#first('running', (key) => this.#sum(`${key}/`)),
      cacheUse: cacheUse !== undefined && cacheUse > 1 ? undefined : cacheUse,
      succeeded: this.#requests(['stop', 'length']),
      failed: this.#requests(['error']),
      generatedTokens: this.#first('generatedTokens', (key) => this.#sum(`${key}/`)),
      promptTokens: this.#first('promptTokens', (key) => this.#sum(`${key}/`)),
      cachedTokens: this.#first('cachedTokens', (key) => this.#sum(`${key}/`)),
      queuedSeconds: this.#first('queuedSeconds', (key) => this.#sum(`${key}/`)),
      firstToken: this.#first('firstToken', (key) => this.#histogram(key)),
      interToken: this.#first('interToken', (key) => this.#histogram(key)),
      faults: this.#faults,
    };
  }

  #add(key: string, value: number): void {
    const series = this.#series.get(key);
    if (series === undefined) this.#series.set(key, { sum: value, lines: 1 });
    else {
      series.sum += value;
      series.lines += 1;
    }
  }

  #bucket(key: string, bound: number, value: number): void {
    const buckets = this.#buckets.get(key) ?? new Map<number, number>();
    buckets.set(bound, (buckets.get(bound) ?? 0) + value);
    this.#buckets.set(key, buckets);
  }

  /** By today's name, or by an older one. */
  #first<T>(field: Field, read: (key: string) => T | undefined): T | undefined {
    return read(`${field}/0`) ?? read(`${field}/1`);
  }

  #sum(key: string): number | undefined {
    return this.#series.get(key)?.sum;
  }

  #mean(key: string): number | undefined {
    const series = this.#series.get(`${key}/`);
    return series === undefined ? undefined : series.sum / series.lines;
  }

  /** vLLM makes a series for each way a request can end with the first that does: one that is missing is zero. */
  #requests(reasons: readonly string[]): number | undefined {
    const known = [...this.#series.keys()].some((key) => key.startsWith('requests/'));
    if (!known) return undefined;
    return reasons.reduce((sum, reason) => sum + (this.#sum(`requests/0/${reason}`) ?? 0), 0);
  }

  #histogram(key: string): Histogram | undefined {
    const buckets = this.#buckets.get(key);
    const sum = this.#sum(`${key}/_sum`);
    if (buckets === undefined || sum === undefined) return undefined;
    const sorted = [...buckets].sort(([one], [other]) => one - other);
    const counts = sorted.map(([, count]) => count);
    if (counts.some((count, index) => count < (counts[index - 1] ?? 0))) {
      this.#faults.push('the buckets of a histogram fall');
      return undefined;
    }
    return { bounds: sorted.map(([bound]) => bound), counts, sum };
  }
}

/** After the labels, in whose values spaces may stand; a timestamp may follow. */
function valueOf(line: string): string {
  const from = line.lastIndexOf('}');
  return (
    line
      .slice(from < 0 ? line.indexOf(' ') : from + 1)
      .trim()
      .split(' ', 1)[0] ?? ''
  );
}

function labelOf(line: string, label: string): string {
  const start = line.indexOf(`${label}="`);
  if (start < 0) return '';
  const from = start + label.length + 2;
  return line.slice(from, line.indexOf('"', from));
}

function boundOf(line: string): number {
  const text = labelOf(line, 'le');
  return text === '+Inf' ? Infinity : Number(text);
}
