/** Reads pages of metrics from pods over HTTP: bounded in time, in size and in how many at once. */
import { Agent, get, type IncomingMessage } from 'node:http';
import { Slots } from '../slots.ts';

export interface ScrapeTarget {
  readonly host: string;
  readonly port: number;
}

/** A page, or why there is none; a page that cannot be read is no error of ours. */
export type Scraped = { readonly page: string } | { readonly trouble: string };

export interface ScraperOptions {
  readonly timeoutMs?: number;
  /** Pages that are read at once. */
  readonly concurrency?: number;
  /** Longest page; vLLM's has some 50 kB. */
  readonly mostBytes?: number;
}

const defaults = { timeoutMs: 3000, concurrency: 64, mostBytes: 4 * 1024 * 1024 };

export class Scraper {
  readonly #options: typeof defaults;
  // Servers close an idle connection after their own time; the agent hears of it and opens another.
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 1 });
  readonly #slots: Slots;

  constructor(options: ScraperOptions = {}) {
    this.#options = { ...defaults, ...options };
    this.#slots = new Slots(this.#options.concurrency);
  }

  async scrape(target: ScrapeTarget, signal: AbortSignal): Promise<Scraped> {
    return await this.#slots.use(() => this.#read(target, signal));
  }

  close(): void {
    this.#agent.destroy();
  }

  async #read(target: ScrapeTarget, signal: AbortSignal): Promise<Scraped> {
    if (signal.aborted) return { trouble: 'the operator is stopping' };
    const first = await this.#request(target, signal);
    // The server may close an idle connection at the moment in which it is used again.
    return 'isStale' in first ? await this.#request(target, signal) : first;
  }

  async #request(target: ScrapeTarget, signal: AbortSignal): Promise<Scraped & { readonly isStale?: true }> {
    const { timeoutMs, mostBytes } = this.#options;
    const timer = new AbortController();
    const timeout = setTimeout(() => timer.abort(), timeoutMs);
    const stop = (): void => timer.abort();
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await new Promise((resolve) => {
        const { host, port } = target;
        const request = get({ host, port, path: '/metrics', agent: this.#agent, signal: timer.signal, headers });
        request.once('error', (error: NodeJS.ErrnoException) =>
          resolve({
            trouble: timer.signal.aborted ? `no answer in ${timeoutMs} ms` : error.message,
            ...(request.reusedSocket && error.code === 'ECONNRESET' ? { isStale: true as const } : {}),
          }),
        );
        request.once('response', (response) => readPage(response, mostBytes, resolve));
      });
    } finally {
      clearTimeout(timeout);
      signal.removeEventListener('abort', stop);
    }
  }
}

const headers = { accept: 'text/plain; version=0.0.4' };

function readPage(response: IncomingMessage, mostBytes: number, resolve: (scraped: Scraped) => void): void {
  if (response.statusCode !== 200) {
    response.resume();
    return resolve({ trouble: `/metrics answers ${response.statusCode}` });
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= mostBytes) return void chunks.push(chunk);
    response.destroy();
    resolve({ trouble: `/metrics is longer than ${mostBytes} bytes` });
  });
  response.once('error', (error) => resolve({ trouble: error.message }));
  // One byte a character: what we look for is ASCII, and that is the fastest to search.
  response.once('end', () => resolve({ page: Buffer.concat(chunks).toString('latin1') }));
}
