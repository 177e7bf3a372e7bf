// Clients that stream: each asks again as soon as its answer has ended, and notes every request that did not end well.
import { setTimeout as sleep } from 'node:timers/promises';

export interface Load {
  /** So far. */
  readonly answered: Answered;
  /** Ends the clients after their last answer. */
  stop(): Promise<Answered>;
}

export interface Answered {
  /** Streams read to their end. */
  readonly whole: number;
  /** What went wrong, with the time since the start in seconds. */
  readonly failures: readonly string[];
  /** The pods that answered. */
  readonly pods: ReadonlySet<string>;
  /** The longest that a client waited for a first token, in milliseconds. */
  readonly slowestFirstTokenMs: number;
}

interface Tally {
  whole: number;
  slowestFirstTokenMs: number;
  readonly failures: string[];
  readonly pods: Set<string>;
}

const question = { messages: [{ role: 'user', content: 'is this a winning hand?' }], max_tokens: 40, stream: true };

/** @param model the served name. */
export function startStreaming(url: string, model: string, clients: number): Load {
  const stopping = new AbortController();
  const tally: Tally = { whole: 0, slowestFirstTokenMs: 0, failures: [], pods: new Set() };
  const began = performance.now();
  const client = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await askOnce(url, model, tally).catch((error: unknown) => {
        const seconds = ((performance.now() - began) / 1000).toFixed(1);
        const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
        tally.failures.push(`after ${seconds} s: ${String(error)}${cause}`);
      });
      await sleep(10);
    }
  };
  const running = Promise.all(Array.from({ length: clients }, client));
  return {
    answered: tally,
    stop: async () => {
      stopping.abort();
      await running;
      return tally;
    },
  };
}

/** Over a connection of its own, as through a Service; whole only when the server said that it is done. */
async function askOnce(url: string, model: string, tally: Tally): Promise<void> {
  const asked = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { connection: 'close', 'content-type': 'application/json' },
    body: JSON.stringify({ ...question, model }),
  });
  if (!response.ok || response.body === null) throw new Error(`status ${response.status}: ${await response.text()}`);
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    if (text === '') tally.slowestFirstTokenMs = Math.max(tally.slowestFirstTokenMs, performance.now() - asked);
    text += chunk;
  }
  const tokens = text.match(/^data: \{/gm)?.length ?? 0;
  if (tokens !== question.max_tokens || !text.trimEnd().endsWith('data: [DONE]')) {
    throw new Error(`the stream ended after ${tokens} of ${question.max_tokens} tokens`);
  }
  const pod = /"system_fingerprint":"([^"]+)"/.exec(text)?.[1];
  if (pod !== undefined) tally.pods.add(pod);
  tally.whole += 1;
}
