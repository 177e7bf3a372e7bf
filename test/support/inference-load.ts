// Clients of a student: so many requests at once, one after another, until they are told to stop.
import { setTimeout as sleep } from 'node:timers/promises';

export interface LoadOptions {
  readonly url: string;
  readonly model: string;
  readonly clients: number;
  readonly maxTokens: number;
}

export interface Clients {
  readonly answered: () => number;
  stop(): Promise<void>;
}

/** Each over a connection of its own, as through a Service. What fails is asked again a moment later. */
export function startClients({ url, model, clients, maxTokens }: LoadOptions): Clients {
  const stopped = new AbortController();
  let answered = 0;
  const body = JSON.stringify({ model, prompt: 'one two three four', max_tokens: maxTokens });
  const headers = { connection: 'close', 'content-type': 'application/json' };
  const ask = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const response = await fetch(`${url}/v1/completions`, {
        method: 'POST',
        headers,
        body,
        signal: stopped.signal,
      }).catch(() => undefined);
      await response?.text().catch(() => undefined);
      if (response?.ok === true) answered += 1;
      else await sleep(100);
    }
  };
  const all = Promise.all(Array.from({ length: clients }, ask));
  return {
    answered: () => answered,
    stop: async () => {
      stopped.abort();
      await all;
    },
  };
}
