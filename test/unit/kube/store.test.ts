import assert from 'node:assert/strict';
import { MutableStore, stripManagedFields } from '../../../src/kube/store.ts';
import type { Stored } from '../../../src/kube/types.ts';
import { type Thing, thing } from './objects.ts';

const names = (things: readonly Stored<Thing>[]): string[] => things.map((one) => one.metadata.name).sort();

function recorded(store: MutableStore<Thing>): string[] {
  const log: string[] = [];
  store.subscribe((type, object, previous) => {
    log.push(`${type} ${previous?.metadata.resourceVersion ?? '-'} -> ${object?.metadata.resourceVersion ?? '-'}`);
  });
  return log;
}

describe('MutableStore', () => {
  it('tells its subscribers of changes, and of nothing else', () => {
    const store = new MutableStore<Thing>();
    const log = recorded(store);
    const writer = store.writer();
    writer.apply(thing('a', '1'));
    writer.apply(thing('a', '1'));
    writer.apply(thing('a', '2'));
    writer.remove(thing('a', '3'));
    writer.remove(thing('a', '3'));
    assert.deepEqual(log, ['added - -> 1', 'modified 1 -> 2', 'deleted 3 -> -']);
  });

  it('takes a successor with the same version for another object', () => {
    const store = new MutableStore<Thing>();
    const writer = store.writer();
    writer.apply(thing('a', '1'));
    writer.apply(thing('a', '1', { uid: 'successor' }));
    assert.equal(store.get({ namespace: 'ns', name: 'a' })?.metadata.uid, 'successor');
  });

  it('replaces everything before it tells of any of it', () => {
    const store = new MutableStore<Thing>();
    const writer = store.writer();
    writer.replace([thing('a', '1'), thing('b', '1'), thing('c', '1')]);
    const sizes: number[] = [];
    const log = recorded(store);
    store.subscribe(() => void sizes.push(store.size));
    writer.replace([thing('a', '1'), thing('b', '2'), thing('d', '1')]);
    assert.deepEqual(log, ['modified 1 -> 2', 'added - -> 1', 'deleted 1 -> -']);
    assert.deepEqual(sizes, [3, 3, 3]);
  });

  it('finds objects by namespace and by its indexes, also after they changed', () => {
    const byColour = (object: Stored<Thing>): string[] => [object.data?.['colour'] ?? 'none'];
    const store = new MutableStore<Thing>({ indexes: { colour: byColour } });
    const writer = store.writer();
    writer.apply(thing('a', '1', { data: { colour: 'red' } }));
    writer.apply(thing('b', '1', { data: { colour: 'red' }, namespace: 'other' }));
    assert.deepEqual(names(store.byIndex('colour', 'red')), ['a', 'b']);
    assert.deepEqual(names(store.list('other')), ['b']);
    writer.apply(thing('a', '2', { data: { colour: 'blue' } }));
    assert.deepEqual(names(store.byIndex('colour', 'red')), ['b']);
    writer.remove(thing('b', '2', { namespace: 'other' }));
    assert.deepEqual(names(store.byIndex('colour', 'red')), []);
    assert.throws(() => store.byIndex('shape', 'round'), /reading index shape/);
  });

  it('keeps an object that an index function cannot take, and reports it', () => {
    const errors: unknown[] = [];
    const store = new MutableStore<Thing>({
      indexes: { length: (object) => [(object.data as { length: string }).length] },
      onHandlerError: (error) => void errors.push(error),
    });
    const writer = store.writer();
    writer.replace([thing('odd', '1'), thing('even', '1', { data: { length: '2' } })]);
    assert.deepEqual(names(store.list()), ['even', 'odd']);
    assert.deepEqual(names(store.byIndex('length', '2')), ['even']);
    assert.equal(errors.length, 1);
    writer.replace([]);
    assert.equal(store.size, 0);
  });

  it('is synced when each of its writers has replaced its part, and keeps the parts apart', async () => {
    const store = new MutableStore<Thing>();
    const [one, two] = [store.writer('one'), store.writer('two')];
    const synced = store.waitSynced();
    one.replace([thing('a', '1', { namespace: 'one' })]);
    assert.equal(store.synced, false);
    two.replace([thing('b', '1', { namespace: 'two' })]);
    await synced;
    one.replace([]);
    assert.deepEqual(names(store.list()), ['b']);
    assert.equal(store.synced, true);
  });

  it('stops waiting with the reason of the signal', async () => {
    const reason = new Error('stopping');
    const stop = new AbortController();
    const waiting = new MutableStore<Thing>().waitSynced(stop.signal);
    stop.abort(reason);
    await assert.rejects(waiting, reason);
  });

  it('gives out objects that cannot be changed', () => {
    const store = new MutableStore<Thing>();
    store.writer().apply(thing('a', '1', { labels: { k: 'v' } }));
    const labels = store.get({ namespace: 'ns', name: 'a' })?.metadata.labels as Record<string, string>;
    assert.throws(() => void (labels['k'] = 'w'), TypeError);
  });

  it('goes on when a subscriber throws, and reports it', () => {
    const errors: unknown[] = [];
    const store = new MutableStore<Thing>({ onHandlerError: (error) => void errors.push(error) });
    const failure = new Error('a bug');
    store.subscribe(() => {
      throw failure;
    });
    const log = recorded(store);
    store.writer().apply(thing('a', '1'));
    assert.deepEqual(errors, [failure]);
    assert.equal(log.length, 1);
  });

  it('no longer tells those who have unsubscribed', () => {
    const store = new MutableStore<Thing>();
    let told = 0;
    const unsubscribe = store.subscribe(() => void (told += 1));
    unsubscribe();
    store.writer().apply(thing('a', '1'));
    assert.equal(told, 0);
  });
});

describe('stripManagedFields', () => {
  const managedFields = [{ manager: 'kubectl' }, { manager: 'stratos' }];

  it('drops all of them, or all but ours', () => {
    const object = thing('a', '1', { managedFields });
    assert.equal('managedFields' in stripManagedFields(object).metadata, false);
    assert.deepEqual(stripManagedFields(object, 'stratos').metadata.managedFields, [{ manager: 'stratos' }]);
  });
});
