import type { List } from './client.ts';
import type { ApiFault, FaultType } from './errors.ts';
import { formatKey, type KubeObject, keyOf, type Stored } from './types.ts';
import type { WatchEvent } from './watch-events.ts';

/**
 * How a copy of a collection is obtained and kept, as a pure function.
 *
 *     empty --opened--> initial-watch --bookmark "initial events end"--> watching
 *       |                    |                                             |   ^
 *       |                    +--anything else ends it--> empty (will page) |   |
 *       |                                                                  |   |
 *       +--page--> init-page --last page--> init-listed --opened-----------|---+
 *                                                ^                         |
 *                                                +---closed, failed--------+
 *
 * Every state goes back to `empty` on `Gone` and on what resuming cannot mend. The store is replaced only by a complete
 * list, so readers never see half of one; until then they keep what they had.
 */
export type ReflectorState<T extends KubeObject> =
  /** Nothing is known, or what was known can no longer be continued. */
  | { readonly phase: 'empty'; readonly streaming: boolean }
  /** Some pages are here; the token asks for the next. */
  | { readonly phase: 'init-page'; readonly items: Stored<T>[]; readonly continue: string }
  /** A streaming list is coming in. The map belongs to the state and is filled in place. */
  | { readonly phase: 'initial-watch'; readonly items: Map<string, Stored<T>> }
  /** The store is complete as of this version, and no watch is open. */
  | { readonly phase: 'init-listed'; readonly resourceVersion: string; readonly fruitless: number }
  /** The store follows the server. `heard` says whether this watch has brought anything yet. */
  | {
      readonly phase: 'watching';
      readonly resourceVersion: string;
      readonly fruitless: number;
      readonly heard: boolean;
    };

export type ReflectorInput<T extends KubeObject> =
  | { readonly type: 'page'; readonly list: List<T> }
  | { readonly type: 'opened' }
  | { readonly type: 'event'; readonly event: WatchEvent<T> }
  | { readonly type: 'closed' }
  | { readonly type: 'failed'; readonly fault: ApiFault };

/** What is to be done to the store. */
type StoreChange<T extends KubeObject> =
  | { readonly type: 'replace'; readonly objects: Iterable<Stored<T>> }
  | { readonly type: 'apply' | 'remove'; readonly object: Stored<T> };

export interface ReflectorStep<T extends KubeObject> {
  readonly state: ReflectorState<T>;
  readonly change?: StoreChange<T>;
  /** Wait before the next request. */
  readonly pause: boolean;
}

/** Watches that end without a single event or bookmark, in a row, before the version is given up. */
const MOST_FRUITLESS_WATCHES = 5;

/** After these the same version is worth another try; after all others only a new list helps. */
const resumable: ReadonlySet<FaultType> = new Set([
  'Throttled',
  'Unavailable',
  'Transport',
  'Unauthorized',
  'Forbidden',
]);

/** What a server without streaming lists answers to the request for one. There is no need to wait before paging. */
const refusesStreaming: ReadonlySet<FaultType> = new Set(['Invalid', 'Bug']);

/** The state before the first request. */
export function initialState(streaming: boolean): ReflectorState<never> {
  return { phase: 'empty', streaming };
}

/** What follows from an input in a state. Inputs that a state cannot receive leave it as it is. */
export function transition<T extends KubeObject>(state: ReflectorState<T>, input: ReflectorInput<T>): ReflectorStep<T> {
  switch (input.type) {
    case 'page':
      return turnPage(state, input.list);
    case 'opened':
      return open(state);
    case 'event':
      return hear(state, input.event);
    case 'closed':
      return close(state);
    case 'failed':
      return fail(state, input.fault);
  }
}

function stay<T extends KubeObject>(state: ReflectorState<T>, pause = false): ReflectorStep<T> {
  return { state, pause };
}

function startOver<T extends KubeObject>(streaming: boolean): ReflectorStep<T> {
  return { state: { phase: 'empty', streaming }, pause: true };
}

function turnPage<T extends KubeObject>(state: ReflectorState<T>, list: List<T>): ReflectorStep<T> {
  if (state.phase !== 'empty' && state.phase !== 'init-page') return stay(state);
  const items = state.phase === 'init-page' ? state.items.concat(list.items) : list.items;
  if (list.continue !== undefined) return stay({ phase: 'init-page', items, continue: list.continue });
  return {
    state: { phase: 'init-listed', resourceVersion: list.resourceVersion, fruitless: 0 },
    change: { type: 'replace', objects: items },
    pause: false,
  };
}

function open<T extends KubeObject>(state: ReflectorState<T>): ReflectorStep<T> {
  if (state.phase === 'empty') return stay({ phase: 'initial-watch', items: new Map() });
  if (state.phase === 'init-listed') return stay({ ...state, phase: 'watching', heard: false });
  return stay(state);
}

function hear<T extends KubeObject>(state: ReflectorState<T>, event: WatchEvent<T>): ReflectorStep<T> {
  if (event.type === 'ERROR') return fail(state, event.error.fault);
  if (state.phase === 'initial-watch') return collect(state, event);
  if (state.phase === 'watching') return follow(event);
  return stay(state);
}

type Change<T extends KubeObject> = Exclude<WatchEvent<T>, { type: 'ERROR' }>;

function collect<T extends KubeObject>(
  state: Extract<ReflectorState<T>, { phase: 'initial-watch' }>,
  event: Change<T>,
): ReflectorStep<T> {
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
      state.items.set(formatKey(keyOf(event.object)), event.object);
      return stay(state);
    case 'DELETED':
      state.items.delete(formatKey(keyOf(event.object)));
      return stay(state);
    case 'BOOKMARK':
      if (!event.initialEventsEnd) return stay(state);
      return {
        state: { phase: 'watching', resourceVersion: event.resourceVersion, fruitless: 0, heard: true },
        change: { type: 'replace', objects: state.items.values() },
        pause: false,
      };
  }
}

function follow<T extends KubeObject>(event: Change<T>): ReflectorStep<T> {
  const at = (resourceVersion: string): ReflectorState<T> => ({
    phase: 'watching',
    resourceVersion,
    fruitless: 0,
    heard: true,
  });
  if (event.type === 'BOOKMARK') return stay(at(event.resourceVersion));
  const { object } = event;
  const type = event.type === 'DELETED' ? 'remove' : 'apply';
  return { state: at(object.metadata.resourceVersion), change: { type, object }, pause: false };
}

function close<T extends KubeObject>(state: ReflectorState<T>): ReflectorStep<T> {
  if (state.phase === 'initial-watch') return startOver(false);
  return state.phase === 'watching' ? resume(state, !state.heard) : stay(state);
}

function fail<T extends KubeObject>(state: ReflectorState<T>, fault: ApiFault): ReflectorStep<T> {
  const mayContinue = resumable.has(fault.type);
  switch (state.phase) {
    case 'empty':
      return {
        state: { phase: 'empty', streaming: false },
        pause: !(state.streaming && refusesStreaming.has(fault.type)),
      };
    case 'initial-watch':
      return startOver(false);
    case 'init-page':
    case 'init-listed':
      return mayContinue ? stay(state, true) : startOver(true);
    case 'watching':
      return mayContinue ? resume(state, true) : startOver(true);
  }
}

function resume<T extends KubeObject>(
  state: Extract<ReflectorState<T>, { phase: 'watching' }>,
  pause: boolean,
): ReflectorStep<T> {
  const fruitless = state.heard ? 0 : state.fruitless + 1;
  if (fruitless >= MOST_FRUITLESS_WATCHES) return startOver(true);
  return { state: { phase: 'init-listed', resourceVersion: state.resourceVersion, fruitless }, pause };
}
