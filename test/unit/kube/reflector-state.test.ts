import assert from 'node:assert/strict';
import { KubeError, type ApiFault } from '../../../src/kube/errors.ts';
import { type ReflectorInput, type ReflectorState, transition } from '../../../src/kube/reflector-state.ts';
import { type Thing, thing } from './objects.ts';

type State = ReflectorState<Thing>;
type Input = ReflectorInput<Thing>;

const a1 = thing('a', '1');
const a2 = thing('a', '2');
const empty = (streaming: boolean): State => ({ phase: 'empty', streaming });
const listed = (resourceVersion: string, fruitless = 0): State => ({
  phase: 'init-listed',
  resourceVersion,
  fruitless,
});
const watching = (resourceVersion: string, heard = true, fruitless = 0): State => ({
  phase: 'watching',
  resourceVersion,
  heard,
  fruitless,
});
const page = (token?: string): Input => ({
  type: 'page',
  list: { items: [a1], resourceVersion: '7', continue: token },
});
const failed = (type: ApiFault['type']): Input => ({ type: 'failed', fault: { type } as ApiFault });
const event = (type: 'ADDED' | 'MODIFIED' | 'DELETED', object = a2): Input => ({
  type: 'event',
  event: { type, object },
});
const bookmark = (resourceVersion: string, initialEventsEnd = false): Input => ({
  type: 'event',
  event: { type: 'BOOKMARK', resourceVersion, initialEventsEnd },
});
const error = (type: ApiFault['type']): Input => ({
  type: 'event',
  event: { type: 'ERROR', error: new KubeError('x', { type } as ApiFault) },
});

interface Case {
  readonly from: State;
  readonly input: Input;
  readonly want: State;
  readonly change?: string;
  readonly pause?: boolean;
}

const cases: Record<string, Case> = {
  'the only page fills the store': { from: empty(false), input: page(), want: listed('7'), change: 'replace a' },
  'a first page waits for the others': {
    from: empty(false),
    input: page('more'),
    want: { phase: 'init-page', items: [a1], continue: 'more' },
  },
  'the last page fills the store with all of them': {
    from: { phase: 'init-page', items: [thing('z', '1')], continue: 'more' },
    input: page(),
    want: listed('7'),
    change: 'replace z,a',
  },
  'an expired continue token starts over': {
    from: { phase: 'init-page', items: [a1], continue: 'more' },
    input: failed('Gone'),
    want: empty(true),
    pause: true,
  },
  'a page that could not be read is asked for again': {
    from: { phase: 'init-page', items: [a1], continue: 'more' },
    input: failed('Unavailable'),
    want: { phase: 'init-page', items: [a1], continue: 'more' },
    pause: true,
  },
  'a server that refuses streaming lists is asked for pages, at once': {
    from: empty(true),
    input: failed('Invalid'),
    want: empty(false),
  },
  'a server that cannot be reached is asked for pages, later': {
    from: empty(true),
    input: failed('Transport'),
    want: empty(false),
    pause: true,
  },
  'a streaming list that breaks off is given up': {
    from: { phase: 'initial-watch', items: new Map() },
    input: { type: 'closed' },
    want: empty(false),
    pause: true,
  },
  'a streaming list ends with its bookmark': {
    from: { phase: 'initial-watch', items: new Map([['ns/a', a1]]) },
    input: bookmark('9', true),
    want: watching('9'),
    change: 'replace a',
  },
  'a streaming list does not end with another bookmark': {
    from: { phase: 'initial-watch', items: new Map([['ns/a', a1]]) },
    input: bookmark('9'),
    want: { phase: 'initial-watch', items: new Map([['ns/a', a1]]) },
  },
  'what is deleted during a streaming list is not in it': {
    from: { phase: 'initial-watch', items: new Map([['ns/a', a1]]) },
    input: event('DELETED'),
    want: { phase: 'initial-watch', items: new Map() },
  },
  'a watch opens': { from: listed('7', 2), input: { type: 'opened' }, want: watching('7', false, 2) },
  'a watch that cannot be opened is tried again': {
    from: listed('7'),
    input: failed('Throttled'),
    want: listed('7'),
    pause: true,
  },
  'a watch that is refused as too old starts over': {
    from: listed('7'),
    input: failed('Gone'),
    want: empty(true),
    pause: true,
  },
  'an event is applied': {
    from: watching('1', false),
    input: event('MODIFIED'),
    want: watching('2'),
    change: 'apply a',
  },
  'a deletion is applied': { from: watching('1'), input: event('DELETED'), want: watching('2'), change: 'remove a' },
  'a bookmark moves the version only': { from: watching('1', false, 3), input: bookmark('5'), want: watching('5') },
  'an in-stream 410 starts over': { from: watching('1'), input: error('Gone'), want: empty(true), pause: true },
  'an in-stream 500 resumes': { from: watching('1'), input: error('Unavailable'), want: listed('1'), pause: true },
  'a reset connection resumes': { from: watching('1'), input: failed('Transport'), want: listed('1'), pause: true },
  'a watch that ends in peace resumes at once': { from: watching('1'), input: { type: 'closed' }, want: listed('1') },
  'a watch that ends without a word is counted': {
    from: watching('1', false),
    input: { type: 'closed' },
    want: listed('1', 1),
    pause: true,
  },
  'after five of those the version is given up': {
    from: watching('1', false, 4),
    input: { type: 'closed' },
    want: empty(true),
    pause: true,
  },
  'an inexplicable failure starts over': { from: watching('1'), input: failed('Bug'), want: empty(true), pause: true },
};

describe('reflector transitions', () => {
  for (const [name, { from, input, want, change, pause = false }] of Object.entries(cases)) {
    it(name, () => {
      const step = transition(from, input);
      assert.deepEqual({ state: step.state, pause: step.pause }, { state: want, pause });
      assert.equal(described(step.change), change);
    });
  }
});

function described(change: ReturnType<typeof transition<Thing>>['change']): string | undefined {
  if (!change) return undefined;
  const objects = change.type === 'replace' ? [...change.objects] : [change.object];
  return `${change.type} ${objects.map((object) => object.metadata.name).join()}`;
}
