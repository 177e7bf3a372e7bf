import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WorkQueue } from '../../../src/kube/workqueue.ts';
import { VirtualClock } from '../../unit/kube/virtual-clock.ts';

/** What must be true of a queue, kept in the simplest possible way. */
interface Model {
  /** Keys that were added and not handed out since. */
  readonly owed: Set<string>;
  readonly held: Set<string>;
  /** Keys that will be owed at some time. */
  readonly delayed: Map<string, number>;
  now: number;
}

interface Real {
  readonly queue: WorkQueue;
  readonly clock: VirtualClock;
}

type Command = fc.AsyncCommand<Model, Real>;

class Add implements Command {
  readonly key: string;
  constructor(key: string) {
    this.key = key;
  }
  check = (): boolean => true;
  async run(model: Model, { queue }: Real): Promise<void> {
    queue.add(this.key);
    model.owed.add(this.key);
  }
  toString = (): string => `add(${this.key})`;
}

class AddAfter implements Command {
  readonly key: string;
  readonly ms: number;
  constructor(key: string, ms: number) {
    this.key = key;
    this.ms = ms;
  }
  check = (): boolean => true;
  async run(model: Model, { queue }: Real): Promise<void> {
    queue.addAfter(this.key, this.ms);
    const at = model.now + this.ms;
    model.delayed.set(this.key, Math.min(at, model.delayed.get(this.key) ?? at));
  }
  toString = (): string => `addAfter(${this.key}, ${this.ms})`;
}

class Take implements Command {
  check = (model: Readonly<Model>): boolean => [...model.owed].some((key) => !model.held.has(key));
  async run(model: Model, { queue }: Real): Promise<void> {
    const key = await queue.take();
    assert.ok(key !== undefined && model.owed.has(key), `handed out ${key}, which nobody added`);
    assert.ok(!model.held.has(key), `two workers hold ${key}`);
    model.owed.delete(key);
    model.held.add(key);
  }
  toString = (): string => 'take()';
}

class Done implements Command {
  readonly pick: number;
  constructor(pick: number) {
    this.pick = pick;
  }
  check = (model: Readonly<Model>): boolean => model.held.size > 0;
  async run(model: Model, { queue }: Real): Promise<void> {
    const key = [...model.held][this.pick % model.held.size] ?? '';
    queue.done(key);
    model.held.delete(key);
  }
  toString = (): string => `done(#${this.pick})`;
}

class Wait implements Command {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = (): boolean => true;
  async run(model: Model, { clock }: Real): Promise<void> {
    await clock.advance(this.ms);
    model.now += this.ms;
    for (const [key, at] of model.delayed) {
      if (at > model.now) continue;
      model.delayed.delete(key);
      model.owed.add(key);
    }
  }
  toString = (): string => `wait(${this.ms})`;
}

const key = fc.constantFrom('a', 'b', 'c');
const commands = fc.commands(
  [
    key.map((name) => new Add(name)),
    fc.tuple(key, fc.integer({ min: 1, max: 50 })).map(([name, ms]) => new AddAfter(name, ms)),
    fc.constant(new Take()),
    fc.nat(5).map((pick) => new Done(pick)),
    fc.integer({ min: 1, max: 40 }).map((ms) => new Wait(ms)),
  ],
  { maxCommands: 60 },
);

describe('WorkQueue, whatever is done to it,', () => {
  it('gives no key to two workers, hands out nothing that was not added, and loses nothing', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        const clock = new VirtualClock();
        const queue = new WorkQueue({ name: 'model', clock });
        const model: Model = { owed: new Set(), held: new Set(), delayed: new Map(), now: 0 };
        await fc.asyncModelRun(() => ({ model, real: { queue, clock } }), sequence);

        // Whoever works on to the end gets every key that is still owed.
        for (const held of model.held) queue.done(held);
        await clock.advance(100);
        const owed = new Set([...model.owed, ...model.delayed.keys()]);
        const got = new Set<string>();
        while (queue.length > 0) got.add((await queue.take()) ?? '');
        assert.deepEqual([...got].sort(), [...owed].sort());
      }),
      { numRuns: 200 },
    );
  }).timeout(30_000);
});
