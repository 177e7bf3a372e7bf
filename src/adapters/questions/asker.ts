/** Asks servers with OpenAI's API one question each: bounded in time, in size and in how many at once. */
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Slots } from '../slots.ts';

export interface Question {
  readonly host: string;
  readonly port: number;
  readonly api: 'Chat' | 'Completions';
  /** Name under which the server has the model. */
  readonly model: string;
  readonly prompt: string;
  readonly maxTokens: number;
}

/** An answer; that the server does not take the question; or why there is neither, which may be otherwise the next time. */
export type Asked = { readonly text: string } | { readonly refusal: string } | { readonly trouble: string };

export interface AskerOptions {
  readonly timeoutMs?: number;
  /** Questions that are open at once, over all students: they take the place of clients' requests. */
  readonly concurrency?: number;
  readonly mostBytes?: number;
}

const defaults = { timeoutMs: 60_000, concurrency: 8, mostBytes: 1024 * 1024 };

/** Statuses that the question itself is the reason of: too long, or malformed. Whoever needs a password refuses no question. */
const refusals: ReadonlySet<number> = new Set([400, 413, 422]);

export class Asker {
  readonly #options: typeof defaults;
  readonly #agent = new Agent({ keepAlive: false });
  readonly #slots: Slots;

  constructor(options: AskerOptions = {}) {
    this.#options = { ...defaults, ...options };
    this.#slots = new Slots(this.#options.concurrency);
  }

  async ask(question: Question, signal: AbortSignal): Promise<Asked> {
    return await this.#slots.use(() => this.#ask(question, signal));
  }

  async #ask(question: Question, signal: AbortSignal): Promise<Asked> {
    const { timeoutMs } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await this.#send(question, AbortSignal.any([signal, timeout]));
      return read(question.api, response.status, response.body);
    } catch (error) {
      if (signal.aborted) return { trouble: 'the operator is stopping' };
      if (timeout.aborted) return { trouble: `no answer in ${timeoutMs} ms` };
      return { trouble: error instanceof Error ? error.message : String(error) };
    }
  }

  async #send(question: Question, signal: AbortSignal): Promise<{ readonly status: number; readonly body: string }> {
    const { host, port, api } = question;
    const body = JSON.stringify(bodyOf(question));
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const path = api === 'Chat' ? '/v1/chat/completions' : '/v1/completions';
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest({ host, port, path, method: 'POST', agent: this.#agent, headers, signal });
      request.once('response', resolve).once('error', reject).end(body);
    });
    return { status: response.statusCode ?? 0, body: await this.#bodyOf(response) };
  }

  async #bodyOf(response: IncomingMessage): Promise<string> {
    const { mostBytes } = this.#options;
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length;
      if (bytes > mostBytes) throw new Error(`the answer is longer than ${mostBytes} bytes`);
      chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}

/** Greedy, so that the same weights say the same. */
function bodyOf({ api, model, prompt, maxTokens }: Question): object {
  const asked = api === 'Chat' ? { messages: [{ role: 'user', content: prompt }] } : { prompt };
  return { model, ...asked, max_tokens: maxTokens, temperature: 0, seed: 0, stream: false };
}

function read(api: Question['api'], status: number, body: string): Asked {
  if (refusals.has(status)) return { refusal: `the server answers ${status}` };
  if (status !== 200) return { trouble: `the server answers ${status}` };
  const text = textOf(api, body);
  return text === undefined ? { trouble: 'the answer has another form than that of OpenAI' } : { text };
}

function textOf(api: Question['api'], body: string): string | undefined {
  try {
    const [choice] = (JSON.parse(body) as { readonly choices: readonly Choice[] }).choices;
    // A model may say nothing at all.
    const text = api === 'Chat' ? (choice?.message?.content ?? '') : choice?.text;
    return choice !== undefined && typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

interface Choice {
  readonly text?: unknown;
  readonly message?: { readonly content?: unknown };
}
