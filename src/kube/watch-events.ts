import { KubeError } from './errors.ts';
import { lines } from './lines.ts';
import { errorFromStatus } from './status.ts';
import type { KubeObject, Stored } from './types.ts';

/** What a watch can say. */
export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Stored<T> }
  /** No object changed up to this version; `initialEventsEnd` closes the first part of a streaming list. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean }
  /** The server ended the watch and says why. */
  | { readonly type: 'ERROR'; readonly error: KubeError };

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/**
 * Decodes the body of a watch.
 *
 * # Errors
 * A line that is not an event throws a `Transport` fault. To skip it would lose a change for good; to end the stream
 * lets the reader resume from the last version it knows, and the change comes again.
 */
export async function* watchEvents<T extends KubeObject>(
  doing: string,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  for await (const line of lines(body)) yield decode<T>(doing, line);
}

function decode<T extends KubeObject>(doing: string, line: string): WatchEvent<T> {
  const { type, object } = parse(doing, line);
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      if (!isStored<T>(object)) throw unreadable(doing);
      return { type, object };
    case 'BOOKMARK':
      return bookmark(doing, object);
    case 'ERROR':
      return { type, error: errorFromStatus(doing, object) };
    default:
      throw unreadable(doing);
  }
}

function parse(doing: string, line: string): { type?: unknown; object?: unknown } {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    throw unreadable(doing, error);
  }
}

function unreadable(doing: string, cause?: unknown): KubeError {
  return new KubeError(`${doing}: unreadable event`, { type: 'Transport', sent: true }, { cause });
}

interface Envelope {
  readonly metadata?: {
    readonly name?: unknown;
    readonly resourceVersion?: unknown;
    readonly annotations?: Readonly<Record<string, unknown>>;
  };
}

function envelope(value: unknown): Envelope['metadata'] {
  return typeof value === 'object' && value !== null ? (value as Envelope).metadata : undefined;
}

function isStored<T extends KubeObject>(value: unknown): value is Stored<T> {
  const metadata = envelope(value);
  return typeof metadata?.name === 'string' && typeof metadata.resourceVersion === 'string';
}

function bookmark(doing: string, object: unknown): WatchEvent<never> {
  const metadata = envelope(object);
  if (typeof metadata?.resourceVersion !== 'string') throw unreadable(doing);
  return {
    type: 'BOOKMARK',
    resourceVersion: metadata.resourceVersion,
    initialEventsEnd: metadata.annotations?.[INITIAL_EVENTS_END] === 'true',
  };
}
