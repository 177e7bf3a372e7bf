import assert from 'node:assert/strict';
import {
  awaitChange,
  type Controller,
  createController,
  type Next,
  requeueAfter,
  source,
} from '../../../src/kube/controller.ts';
import { type ApiFault, KubeError, TerminalError } from '../../../src/kube/errors.ts';
import { type Log, type LogFields, silentLog } from '../../../src/kube/log.ts';
import { noMetrics } from '../../../src/kube/metrics.ts';
import { MutableStore, type StoreWriter } from '../../../src/kube/store.ts';
import { formatKey, keyOf, type ObjectKey } from '../../../src/kube/types.ts';
import { type Thing, thing } from './objects.ts';
import { VirtualClock } from './virtual-clock.ts';

interface Bench {
  readonly clock: VirtualClock;
  readonly store: MutableStore<Thing>;
  readonly writer: StoreWriter<Thing>;
  readonly controller: Controller;
  /** Keys in the order in which their reconciles began. */
  readonly runs: string[];
  readonly results: string[];
  readonly errors: string[];
  readonly stop: AbortController;
  readonly running: Promise<void>;
}

/** A running controller over one store of things. */
function bench(reconcile: (key: ObjectKey, signal: AbortSignal) => Promise<Next>, concurrency = 1): Bench {
  const clock = new VirtualClock();
  const store = new MutableStore<Thing>();
  const [runs, results, errors]: [string[], string[], string[]] = [[], [], []];
  const log: Log = {
    ...silentLog,
    error: (_: LogFields, message: string) => void errors.push(message),
    child: () => log,
  };
  const stop = new AbortController();
  const controller = createController({
    name: 'things',
    sources: [source(store, (object) => [keyOf(object)])],
    reconcile: async (key, signal) => {
      runs.push(formatKey(key));
      return reconcile(key, signal);
    },
    concurrency,
    clock,
    random: () => 0.5,
    log,
    metrics: { ...noMetrics, reconciled: (_, result) => void results.push(result) },
  });
  const running = controller.run(stop.signal);
  return { clock, store, writer: store.writer(), controller, runs, results, errors, stop, running };
}

const failing = (type: ApiFault['type']) => (): Promise<Next> =>
  Promise.reject(new KubeError('x', { type, afterMs: 7000 } as ApiFault));

describe('a controller', () => {
  it('starts with every object once its sources are synced, and not before', async () => {
    const { clock, writer, runs } = bench(async () => awaitChange);
    writer.apply(thing('a', '1'));
    await clock.advance(1000);
    assert.deepEqual(runs, []);
    writer.replace([thing('a', '1'), thing('b', '1')]);
    await clock.advance(0);
    assert.deepEqual(runs, ['ns/a', 'ns/b']);
  });

  it('reconciles what changes, with deletions among it', async () => {
    const { clock, writer, runs } = bench(async () => awaitChange);
    writer.replace([]);
    writer.apply(thing('a', '1'));
    await clock.advance(0);
    writer.remove(thing('a', '2'));
    await clock.advance(0);
    assert.deepEqual(runs, ['ns/a', 'ns/a']);
  });

  it('reconciles the owner that an object has lost, and the one it has got', async () => {
    const clock = new VirtualClock();
    const store = new MutableStore<Thing>();
    const runs: string[] = [];
    const controller = createController({
      name: 'owners',
      sources: [source(store, (object) => [{ namespace: 'ns', name: object.data?.['owner'] ?? '' }])],
      reconcile: async (key) => {
        runs.push(key.name);
        return awaitChange;
      },
      clock,
    });
    void controller.run(new AbortController().signal);
    const writer = store.writer();
    writer.replace([thing('a', '1', { data: { owner: 'one' } })]);
    await clock.advance(0);
    writer.apply(thing('a', '2', { data: { owner: 'two' } }));
    await clock.advance(0);
    assert.deepEqual(runs, ['one', 'one', 'two']);
  });

  const outcomes: Record<
    string,
    { reconcile: () => Promise<Next>; nextAfterMs: number; result: string; logged: boolean }
  > = {
    'comes back when asked to': {
      reconcile: async () => requeueAfter(5000),
      nextAfterMs: 5000,
      result: 'requeue_after',
      logged: false,
    },
    'retries an exception': {
      reconcile: () => Promise.reject(new Error('x')),
      nextAfterMs: 5,
      result: 'error',
      logged: true,
    },
    'retries a refusal': { reconcile: failing('Invalid'), nextAfterMs: 5, result: 'error', logged: true },
    'retries a conflict without a word': {
      reconcile: failing('Conflict'),
      nextAfterMs: 5,
      result: 'requeue',
      logged: false,
    },
    'retries a missing object without a word': {
      reconcile: failing('NotFound'),
      nextAfterMs: 5,
      result: 'requeue',
      logged: false,
    },
    'retries a name clash without a word': {
      reconcile: failing('AlreadyExists'),
      nextAfterMs: 5,
      result: 'requeue',
      logged: false,
    },
    'comes back when a throttling server says so': {
      reconcile: failing('Throttled'),
      nextAfterMs: 7000,
      result: 'error',
      logged: true,
    },
  };
  for (const [name, tc] of Object.entries(outcomes)) {
    it(name, async () => {
      const { clock, writer, runs, results, errors } = bench(tc.reconcile);
      writer.replace([thing('a', '1')]);
      await clock.advance(tc.nextAfterMs - 1);
      assert.equal(runs.length, 1);
      assert.deepEqual(results, [tc.result]);
      assert.equal(errors.length > 0, tc.logged);
      await clock.advance(1);
      assert.equal(runs.length, 2);
    });
  }

  it('does not retry a terminal error, and logs it once', async () => {
    const { clock, writer, runs, errors } = bench(() => Promise.reject(new TerminalError('the spec cannot work')));
    writer.replace([thing('a', '1')]);
    await clock.advance(9 * 60_000);
    assert.deepEqual({ runs, errors }, { runs: ['ns/a'], errors: ['reconcile failed and will not be retried'] });
    writer.apply(thing('a', '2'));
    await clock.advance(0);
    assert.equal(runs.length, 2);
  });

  it('begins with short delays again after a success', async () => {
    let fail = true;
    const { clock, writer, runs } = bench(() => (fail ? Promise.reject(new Error('x')) : Promise.resolve(awaitChange)));
    writer.replace([thing('a', '1')]);
    await clock.advance(5 + 10 + 20);
    fail = false;
    await clock.advance(40);
    fail = true;
    writer.apply(thing('a', '2'));
    await clock.advance(0);
    const before = runs.length;
    await clock.advance(5);
    assert.equal(runs.length, before + 1);
  });

  it('runs every object again after the resync period', async () => {
    const { clock, writer, runs } = bench(async () => awaitChange);
    writer.replace([thing('a', '1'), thing('b', '1')]);
    await clock.advance(10 * 60_000);
    assert.equal(runs.length, 2);
    await clock.advance(60_000);
    assert.equal(runs.length, 4);
  });

  it('finishes a running reconcile when drained, and starts no other', async () => {
    const gate = Promise.withResolvers<void>();
    const { clock, writer, controller, runs, running } = bench(async () => {
      await gate.promise;
      return awaitChange;
    });
    writer.replace([thing('a', '1'), thing('b', '1')]);
    await clock.advance(0);
    const drained = controller.drain(60_000);
    gate.resolve();
    await Promise.all([drained, running]);
    assert.deepEqual(runs, ['ns/a']);
  });

  it('aborts a running reconcile at the end of the grace period', async () => {
    const { clock, writer, controller, running, errors } = bench(
      (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    writer.replace([thing('a', '1')]);
    await clock.advance(0);
    const drained = controller.drain(10_000);
    await clock.advance(9_999);
    assert.equal(await Promise.race([running.then(() => 'ended'), Promise.resolve('running')]), 'running');
    await clock.advance(1);
    await Promise.all([drained, running]);
    assert.deepEqual(errors, []);
  });

  it('aborts running reconciles at once when leadership is lost', async () => {
    const { clock, writer, stop, running, runs } = bench(
      (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    writer.replace([thing('a', '1'), thing('b', '1')]);
    await clock.advance(0);
    stop.abort(new Error('leadership was lost'));
    await running;
    assert.deepEqual(runs, ['ns/a']);
  });

  it('ends when it is stopped before its sources have synced', async () => {
    const { stop, running, runs } = bench(async () => awaitChange);
    stop.abort();
    await running;
    assert.deepEqual(runs, []);
  });

  it('can be asked from outside', async () => {
    const { clock, writer, controller, runs } = bench(async () => awaitChange);
    writer.replace([]);
    await clock.advance(0);
    controller.enqueue({ namespace: '', name: 'everything' });
    await clock.advance(0);
    assert.deepEqual(runs, ['everything']);
  });

  it('works on as many keys at once as it has workers', async () => {
    const gate = Promise.withResolvers<void>();
    const { clock, writer, runs } = bench(async () => {
      await gate.promise;
      return awaitChange;
    }, 3);
    writer.replace(['a', 'b', 'c', 'd'].map((name) => thing(name, '1')));
    await clock.advance(0);
    assert.equal(runs.length, 3);
    gate.resolve();
    await clock.advance(0);
    assert.equal(runs.length, 4);
  });
});
