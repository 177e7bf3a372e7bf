import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ApiFault, KubeError } from '../../../src/kube/errors.ts';
import {
  initialState,
  type ReflectorInput,
  type ReflectorState,
  transition,
} from '../../../src/kube/reflector-state.ts';
import { MutableStore, type StoreWriter } from '../../../src/kube/store.ts';
import type { Stored } from '../../../src/kube/types.ts';
import { type Thing, thing } from '../../unit/kube/objects.ts';

/** One write to the collection: the object's new version, or its deletion. */
interface Entry {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Stored<Thing>;
}

/** The collection as a log of writes, which is what etcd keeps; old entries can be compacted away. */
class History {
  readonly entries: Entry[] = [];
  #present = new Map<string, Stored<Thing>>();
  #compacted = 0;
  #births = 0;

  get version(): number {
    return this.entries.length;
  }

  write(name: string, remove: boolean): void {
    const before = this.#present.get(name);
    if (remove && !before) return;
    const version = this.version + 1;
    const uid = before?.metadata.uid ?? `uid-${(this.#births += 1)}`;
    const object = thing(name, String(version), { uid });
    if (remove) this.#present.delete(name);
    else this.#present.set(name, object);
    this.entries.push({ version, object, type: remove ? 'DELETED' : before ? 'MODIFIED' : 'ADDED' });
  }

  list(): Stored<Thing>[] {
    return [...this.#present.values()];
  }

  compact(): void {
    this.#compacted = this.version;
  }

  /** The entries after a version; nothing when they are no longer there. */
  since(version: number): Entry[] | undefined {
    return version < this.#compacted ? undefined : this.entries.slice(version);
  }
}

type Step =
  | { readonly do: 'write' | 'delete'; readonly name: string }
  | { readonly do: 'compact' | 'break' | 'close' | 'serve' };

/** Plays a server that is interrupted at any point, and checks what the reader has seen. */
class Run {
  readonly history = new History();
  readonly store = new MutableStore<Thing>();
  readonly #writer: StoreWriter<Thing> = this.store.writer();
  /** The store as its subscribers must believe it to be. */
  readonly told = new Map<string, string>();
  #state: ReflectorState<Thing>;
  /** How far the open watch has been served. */
  #served = 0;

  constructor(streaming: boolean) {
    this.#state = initialState(streaming);
    this.store.subscribe((type, object, previous) => {
      const name = (object ?? previous)?.metadata.name ?? '';
      assert.equal(this.told.has(name), type !== 'added', `${type} ${name}`);
      if (object) this.told.set(name, object.metadata.resourceVersion);
      else this.told.delete(name);
    });
  }

  apply(step: Step): void {
    if (step.do === 'write' || step.do === 'delete') this.history.write(step.name, step.do === 'delete');
    if (step.do === 'compact') this.history.compact();
    if (step.do === 'break') this.#feed({ type: 'failed', fault: { type: 'Transport', sent: true } });
    if (step.do === 'close' && this.#open) this.#feed({ type: 'closed' });
    if (step.do === 'serve') this.serve();
  }

  get #open(): boolean {
    return this.#state.phase === 'watching' || this.#state.phase === 'initial-watch';
  }

  /** One exchange: a page, the opening of a watch, or one event on the open one. */
  serve(): void {
    if (this.#open) return this.#serveEvent();
    const state = this.#state;
    if (state.phase === 'init-listed') return this.#resume(Number(state.resourceVersion));
    if (state.phase === 'empty' && state.streaming) return this.#beginStream();
    const list = { items: this.history.list(), resourceVersion: String(this.history.version), continue: undefined };
    this.#feed({ type: 'page', list });
  }

  #resume(version: number): void {
    if (this.history.since(version) === undefined) return this.#feed({ type: 'failed', fault: { type: 'Gone' } });
    this.#served = version;
    this.#feed({ type: 'opened' });
  }

  #beginStream(): void {
    this.#feed({ type: 'opened' });
    for (const object of this.history.list()) this.#feed({ type: 'event', event: { type: 'ADDED', object } });
    this.#served = this.history.version;
    const resourceVersion = String(this.#served);
    this.#feed({ type: 'event', event: { type: 'BOOKMARK', resourceVersion, initialEventsEnd: true } });
  }

  #serveEvent(): void {
    const [next] = this.history.since(this.#served) ?? [undefined];
    if (this.history.since(this.#served) === undefined) {
      const gone: ApiFault = { type: 'Gone' };
      return this.#feed({ type: 'event', event: { type: 'ERROR', error: new KubeError('compacted', gone) } });
    }
    if (!next) return;
    this.#served = next.version;
    this.#feed({ type: 'event', event: { type: next.type, object: next.object } });
  }

  #feed(input: ReflectorInput<Thing>): void {
    const { state, change } = transition(this.#state, input);
    if (change?.type === 'replace') this.#writer.replace(change.objects);
    if (change?.type === 'apply') this.#writer.apply(change.object);
    if (change?.type === 'remove') this.#writer.remove(change.object);
    this.#state = state;
  }
}

const name = fc.constantFrom('a', 'b', 'c');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: name.map((which): Step => ({ do: 'write', name: which })) },
  { weight: 2, arbitrary: name.map((which): Step => ({ do: 'delete', name: which })) },
  { weight: 5, arbitrary: fc.constant<Step>({ do: 'serve' }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'compact' }, { do: 'break' }, { do: 'close' }) },
);

describe('a reflected store, after any writes and interruptions,', () => {
  it('equals the collection once it is served in peace, and its subscribers were told of just that', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.boolean(), (steps, streaming) => {
        const run = new Run(streaming);
        for (const each of steps) run.apply(each);
        // Peace: enough exchanges for a relist and for every event that is left.
        for (let i = 0; i < steps.length + 5; i += 1) run.serve();
        const versions = (list: readonly Stored<Thing>[]): string[] =>
          list.map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`).sort();
        assert.deepEqual(versions(run.store.list()), versions(run.history.list()));
        assert.equal(run.store.synced, true);
        assert.deepEqual(
          [...run.told.keys()].sort(),
          run.store
            .list()
            .map((one) => one.metadata.name)
            .sort(),
        );
      }),
      { numRuns: 500 },
    );
  }).timeout(30_000);
});
