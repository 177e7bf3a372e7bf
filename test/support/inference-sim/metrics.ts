// vLLM's own series, from what the engine does; any of them can be made to lie.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Engine, EngineEvents } from './engine.ts';

const firstTokenSeconds = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];
const interTokenSeconds = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
];

export class SimMetrics {
  readonly #registry = new Registry();
  readonly #labels: { readonly model_name: string; readonly engine: string };
  /** What is shown instead of the truth, by metric name. */
  fakes: Readonly<Record<string, string>>;
  readonly events: EngineEvents;

  constructor(model: string, fakes: Readonly<Record<string, string>>) {
    this.#labels = { model_name: model, engine: '0' };
    this.fakes = fakes;
    const registers = [this.#registry];
    const labelNames = ['model_name', 'engine'];
    const histogram = (name: string, buckets: number[]) =>
      new Histogram({ name, help: name, labelNames, buckets, registers });
    const counter = (name: string, ...more: string[]) =>
      new Counter({ name, help: name, labelNames: [...labelNames, ...more], registers });
    const first = histogram('vllm:time_to_first_token_seconds', firstTokenSeconds);
    const inter = histogram('vllm:inter_token_latency_seconds', interTokenSeconds);
    const succeeded = counter('vllm:request_success_total', 'finished_reason');
    const prompt = counter('vllm:prompt_tokens_total');
    const generated = counter('vllm:generation_tokens_total');
    for (const metric of [prompt, generated]) metric.inc(this.#labels, 0);
    for (const finished_reason of ['length', 'abort', 'error']) succeeded.inc({ ...this.#labels, finished_reason }, 0);
    for (const metric of [first, inter]) metric.zero(this.#labels);
    this.events = {
      firstToken: (seconds) => first.observe(this.#labels, seconds),
      nextToken: (seconds) => inter.observe(this.#labels, seconds),
      ended: (finished_reason, promptTokens, generatedTokens) => {
        succeeded.inc({ ...this.#labels, finished_reason });
        prompt.inc(this.#labels, promptTokens);
        generated.inc(this.#labels, generatedTokens);
      },
    };
    this.failed = () => succeeded.inc({ ...this.#labels, finished_reason: 'error' });
  }

  /** A request ended with a server error. */
  readonly failed: () => void;

  follow(engine: Engine): void {
    const labelNames = ['model_name', 'engine'];
    const gauge = (name: string, read: () => number): void => {
      const labels = this.#labels;
      const registers = [this.#registry];
      const collect = function (this: Gauge): void {
        this.set(labels, read());
      };
      void new Gauge({ name, help: name, labelNames, registers, collect });
    };
    gauge('vllm:num_requests_running', () => engine.running);
    gauge('vllm:num_requests_waiting', () => engine.waiting);
    gauge('vllm:kv_cache_usage_perc', () => engine.cacheUse);
  }

  async page(): Promise<string> {
    const page = await this.#registry.metrics();
    return Object.entries(this.fakes).reduce((text, [name, value]) => fake(text, name, value), page);
  }
}

/** Replaces a metric's samples; an empty value leaves them out. */
function fake(page: string, name: string, value: string): string {
  return page.replaceAll(new RegExp(`^(${name}[^ #]*) .*\n`, 'gm'), value === '' ? '' : `$1 ${value}\n`);
}
