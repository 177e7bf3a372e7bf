import assert from 'node:assert/strict';
import { Expectations } from '../../../src/kube/expectations.ts';
import { MutableStore, type StoreWriter } from '../../../src/kube/store.ts';
import { type Thing, thing } from './objects.ts';
import { VirtualClock } from './virtual-clock.ts';

const owner = { namespace: 'ns', name: 'owner' };

describe('Expectations', () => {
  let clock: VirtualClock;
  let store: MutableStore<Thing>;
  let writer: StoreWriter<Thing>;
  let expectations: Expectations;
  beforeEach(() => {
    clock = new VirtualClock();
    store = new MutableStore();
    writer = store.writer();
    expectations = new Expectations({ clock, timeoutMs: 1000 });
  });

  it('are satisfied when nothing was done', () => assert.equal(expectations.satisfied(owner), true));

  it('wait until the cache shows what was created, and not another of the same name', () => {
    expectations.created(owner, store, thing('a', '5'));
    assert.equal(expectations.satisfied(owner), false);
    writer.apply(thing('a', '4', { uid: 'predecessor' }));
    assert.equal(expectations.satisfied(owner), false);
    writer.apply(thing('a', '5'));
    assert.equal(expectations.satisfied(owner), true);
  });

  it('are satisfied by a watch that was faster than the answer', () => {
    writer.apply(thing('a', '5'));
    expectations.created(owner, store, thing('a', '5'));
    assert.equal(expectations.satisfied(owner), true);
  });

  const ends: Record<string, (object: ReturnType<typeof thing>) => void> = {
    'it is gone': (object) => writer.remove(object),
    'it is being deleted': () => writer.apply(thing('a', '6', { deletionTimestamp: '2026-01-01T00:00:01Z' })),
    'another has taken its name': () => writer.apply(thing('a', '7', { uid: 'successor' })),
  };
  for (const [what, end] of Object.entries(ends)) {
    it(`wait, after a deletion, until the cache shows that ${what}`, () => {
      const object = thing('a', '5');
      writer.apply(object);
      expectations.deleted(owner, store, object);
      assert.equal(expectations.satisfied(owner), false);
      end(object);
      assert.equal(expectations.satisfied(owner), true);
    });
  }

  it('wait for everything, tell for how long, and give up in the end', async () => {
    expectations.created(owner, store, thing('a', '5'));
    await clock.advance(400);
    expectations.created(owner, store, thing('b', '6'));
    writer.apply(thing('a', '5'));
    assert.equal(expectations.satisfied(owner), false);
    assert.equal(expectations.retryMs(owner), 1000);
    await clock.advance(1000);
    assert.equal(expectations.satisfied(owner), true);
    assert.equal(expectations.retryMs(owner), 0);
  });

  it('are of one owner only, and can be forgotten', () => {
    expectations.created(owner, store, thing('a', '5'));
    assert.equal(expectations.satisfied({ namespace: 'ns', name: 'another' }), true);
    expectations.forget(owner);
    assert.equal(expectations.satisfied(owner), true);
  });
});
