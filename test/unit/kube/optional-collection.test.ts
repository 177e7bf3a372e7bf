import assert from 'node:assert/strict';
import type { List } from '../../../src/kube/client.ts';
import { KubeError, type FaultType } from '../../../src/kube/errors.ts';
import { type Log, silentLog } from '../../../src/kube/log.ts';
import { OptionalReflector } from '../../../src/kube/optional-collection.ts';
import { clusterScoped } from '../../../src/kube/resources.ts';
import { MutableStore } from '../../../src/kube/store.ts';
import { type Thing, thing } from './objects.ts';
import { VirtualClock } from './virtual-clock.ts';

const things = clusterScoped<Thing>('things.example/v1', 'things', 'Thing');
const searchMs = 10_000;

/** What the server says of the collection, now. */
type Server = 'absent' | 'unreachable' | 'undiscoverable' | 'forbidden' | 'served';

const faultOf: Partial<Record<Server, FaultType>> = { absent: 'NotFound', forbidden: 'Forbidden' };

/** A collection whose server changes its mind when told to; watches end as soon as it does. */
function collection(server: Server, namespaces: readonly string[] = [], keepsWhenForbidden = false) {
  const clock = new VirtualClock();
  const state = { server, watches: new Set<() => void>(), looks: 0 };
  const logged: string[] = [];
  const refuse = (): void => {
    const type = faultOf[state.server];
    if (type) throw new KubeError('listing things', { type } as { type: 'NotFound' });
  };
  const client = {
    list: async (): Promise<List<never>> => {
      refuse();
      const items = [thing('a', '1'), thing('b', '2')] as unknown as never[];
      return { items, resourceVersion: '2', continue: undefined };
    },
    watch: async (_: unknown, _options: unknown, signal: AbortSignal) => {
      refuse();
      return watchUntilChange(state.watches, signal);
    },
  };
  const discovery = {
    firstServed: async () => {
      state.looks += 1;
      if (state.server === 'unreachable') throw new KubeError('requesting', { type: 'Unavailable' });
      if (state.server === 'undiscoverable') throw new KubeError('requesting', { type: 'Forbidden' });
      return state.server === 'absent' ? undefined : things;
    },
  };
  const note = (level: string) => (_: unknown, message: string) => void logged.push(`${level} ${message}`);
  const log: Log = { ...silentLog, info: note('info'), warn: note('warn'), child: () => log };
  const common = { resources: [things], namespaces, streaming: false, clock, random: () => 0, searchMs, log } as const;
  const store = new MutableStore<Thing>();
  const reflector = new OptionalReflector<Thing>({
    ...common,
    store,
    client: client as never,
    discovery: discovery as never,
    keepsWhenForbidden,
  });
  const stop = new AbortController();
  const running = reflector.run(stop.signal);
  const become = async (next: Server): Promise<void> => {
    state.server = next;
    for (const end of state.watches) end();
    await clock.advance(searchMs);
  };
  return { reflector, store, clock, state, logged, become, end: () => (stop.abort(), running) };
}

async function* watchUntilChange(ends: Set<() => void>, signal: AbortSignal) {
  const ended = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => ended.reject(signal.reason), { once: true });
  ends.add(ended.resolve);
  await ended.promise;
  yield* [];
}

describe('OptionalReflector', () => {
  it('is synced and empty where the kind is not installed, and looks for it again', async () => {
    const { reflector, store, clock, state, logged, end } = collection('absent');
    await clock.advance(0);
    assert.deepEqual(
      { synced: store.synced, size: store.size, served: reflector.served, running: reflector.running },
      { synced: true, size: 0, served: false, running: true },
    );
    await clock.advance(3 * searchMs);
    assert.equal(state.looks, 4);
    assert.deepEqual(logged, []);
    await end();
    assert.equal(reflector.running, false);
  });

  it('follows the kind when it comes and is empty when it has gone', async () => {
    const { reflector, store, clock, become, logged, end } = collection('absent');
    const told: boolean[] = [];
    reflector.subscribeServed((served) => void told.push(served));
    await clock.advance(0);
    await become('served');
    assert.deepEqual({ size: store.size, resource: reflector.resource }, { size: 2, resource: things });
    await become('absent');
    assert.deepEqual({ size: store.size, resource: reflector.resource }, { size: 0, resource: undefined });
    await become('served');
    assert.equal(store.size, 2);
    assert.deepEqual(told, [true, false, true]);
    assert.deepEqual(logged, [
      'info following an optional collection',
      'info an optional collection is no longer installed',
      'info following an optional collection',
    ]);
    await end();
  });

  it('does not take an unreachable server for a missing kind', async () => {
    const { store, clock, become, end } = collection('unreachable');
    await clock.advance(searchMs);
    assert.equal(store.synced, false);
    await become('served');
    await clock.advance(searchMs);
    assert.deepEqual({ synced: store.synced, size: store.size }, { synced: true, size: 2 });
    await end();
  });

  for (const refusal of ['forbidden', 'undiscoverable'] as const) {
    it(`takes a refusal (${refusal}) for an empty collection, says so once, and tries again`, async () => {
      const { reflector, store, clock, become, logged, end } = collection(refusal);
      await clock.advance(5 * searchMs);
      assert.deepEqual({ synced: store.synced, served: reflector.served }, { synced: true, served: false });
      assert.deepEqual(logged, ['warn reading an optional collection is forbidden: it is taken to be empty']);
      await become('served');
      assert.equal(reflector.served, true);
      await end();
    });
  }

  it('keeps what it has read when reading is forbidden later, where it was told to, and goes on when it may again', async () => {
    const { reflector, store, clock, become, logged, end } = collection('served', [], true);
    await clock.advance(0);
    await become('forbidden');
    assert.deepEqual({ size: store.size, served: reflector.served }, { size: 2, served: true });
    assert.match(
      logged.join('\n'),
      /warn reading an optional collection is forbidden by now: what was read of it is kept/,
    );
    await become('served');
    assert.deepEqual({ size: store.size, served: reflector.served }, { size: 2, served: true });
    await become('absent');
    assert.deepEqual({ size: store.size, served: reflector.served }, { size: 0, served: false });
    await end();
  });

  it('takes a refusal for an empty collection though it is to keep what it has, when it has nothing', async () => {
    const { reflector, store, clock, end } = collection('forbidden', [], true);
    await clock.advance(searchMs);
    assert.deepEqual({ synced: store.synced, served: reflector.served }, { synced: true, served: false });
    await end();
  });

  it('is served only when each namespace has been read, and ends in all of them', async () => {
    const { reflector, clock, become, end } = collection('served', ['a', 'b']);
    await clock.advance(0);
    assert.equal(reflector.served, true);
    await become('absent');
    assert.equal(reflector.served, false);
    await end();
  });

  it('goes on when one who listens throws', async () => {
    const { reflector, clock, end } = collection('served');
    const told: boolean[] = [];
    reflector.subscribeServed(() => {
      throw new Error('not my day');
    });
    const stop = reflector.subscribeServed((served) => void told.push(served));
    await clock.advance(0);
    assert.deepEqual(told, [true]);
    stop();
    await end();
  });
});
