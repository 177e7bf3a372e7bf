// Waiting for something to become true, and saying what was there instead when it does not.
import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** 30 s when left out. */
  readonly withinMs?: number;
  /** What a person needs to see when it was in vain. */
  readonly show?: () => Promise<string>;
}

const pollMs = 200;

/** Looks until `look` gives something; an exception counts as "not yet", and the last one is told in the end. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  { withinMs = 60_000, show }: Patience = {},
): Promise<T> {
  const deadline = performance.now() + withinMs;
  let last: unknown;
  do {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await sleep(pollMs);
  } while (performance.now() < deadline);
  const seen = await show?.().catch((error: unknown) => `(could not be shown: ${String(error)})`);
  throw new Error(`${what}: not within ${withinMs} ms${seen === undefined ? '' : `\n${seen}`}`, { cause: last });
}
