import assert from 'node:assert/strict';
import { type Clock, systemClock } from '../../../src/kube/clock.ts';
import { LeaderElector } from '../../../src/kube/leader-election.ts';
import { leases } from '../../../src/kube/resources.ts';
import { until } from '../../support/control-plane/http.ts';
import { withNamespace } from '../../support/control-plane/namespace.ts';
import { configMap, configMaps, type Connection, connect } from './cluster.ts';

/** The real clock, with a switch: while it is frozen no sleeper wakes, as if the process had been stopped. */
class FreezableClock implements Clock {
  #thaw = Promise.withResolvers<void>();
  #frozen = false;

  now = (): number => systemClock.now();
  monotonic = (): number => systemClock.monotonic();

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await systemClock.sleep(ms, signal);
    if (this.#frozen) await this.#thaw.promise;
  }

  freeze(): void {
    this.#frozen = true;
    this.#thaw = Promise.withResolvers();
  }

  thaw(): void {
    this.#frozen = false;
    this.#thaw.resolve();
  }
}

const times = { leaseMs: 3_000, renewDeadlineMs: 2_000, retryMs: 300 };

interface Replica {
  readonly elector: LeaderElector;
  readonly clock: FreezableClock;
  readonly terms: AbortSignal[];
  readonly lost: () => boolean;
  readonly ended: Promise<'lost' | 'stopped'>;
  stop(): void;
}

describe('LeaderElector', () => {
  const namespace = withNamespace();
  let connection: Connection;
  const replicas: Replica[] = [];
  before(() => void (connection = connect()));
  after(() => connection[Symbol.asyncDispose]());
  afterEach(async () => {
    for (const replica of replicas.splice(0)) {
      replica.clock.thaw();
      replica.stop();
      await replica.ended;
    }
  });

  function stand(identity: string): Replica {
    const clock = new FreezableClock();
    const terms: AbortSignal[] = [];
    const stop = new AbortController();
    let lost = false;
    const elector = new LeaderElector({
      ...times,
      client: connection.client,
      lease: { namespace: namespace(), name: 'leader' },
      identity,
      clock,
      onStarted: async (signal) => {
        terms.push(signal);
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      },
      onLost: () => void (lost = true),
    });
    const ended = elector.run(stop.signal);
    const replica = { elector, clock, terms, lost: () => lost, ended, stop: () => stop.abort() };
    replicas.push(replica);
    return replica;
  }

  const leads = (replica: Replica, withinMs = 10_000) =>
    until('a replica to lead', { withinMs }, async () => replica.elector.leading);
  const lease = () => connection.client.get(leases, { namespace: namespace(), name: 'leader' });

  it('lets one replica lead, and the other wait', async () => {
    const a = stand('a');
    await leads(a);
    const b = stand('b');
    await systemClock.sleep(times.leaseMs + 1_000);
    assert.equal(a.elector.leading, true);
    assert.equal(b.terms.length, 0);
    const { spec } = await lease();
    assert.equal(spec?.holderIdentity, 'a');
    assert.equal(spec?.leaseTransitions, 0);
    assert.match(spec?.renewTime ?? '', /\.\d{6}Z$/);
  });

  it('hands the lease over on stop, without waiting for it to expire', async () => {
    const a = stand('a');
    await leads(a);
    const b = stand('b');
    await systemClock.sleep(500);
    a.stop();
    assert.equal(await a.ended, 'stopped');
    const released = performance.now();
    await leads(b, times.leaseMs);
    assert.ok(performance.now() - released < 1_500);
    assert.equal((await lease()).spec?.leaseTransitions, 1);
    assert.equal(a.lost(), false);
  });

  it('takes the lease from a leader that was frozen, and that one finds out before it writes', async () => {
    const a = stand('a');
    await leads(a);
    const b = stand('b');
    const fenced = connection.client.fenced(() => a.elector.assertLeading());
    await fenced.create(configMaps, configMap(namespace(), 'while-leading'));

    a.clock.freeze();
    await leads(b, times.leaseMs * 3);
    // `a` has not run a timer since: only its own look at the clock can tell it.
    await assert.rejects(fenced.create(configMaps, configMap(namespace(), 'after')), /without leadership/);
    assert.equal(a.terms[0]?.aborted, true);

    a.clock.thaw();
    assert.equal(await a.ended, 'lost');
    assert.equal(a.lost(), true);
    assert.equal(b.elector.leading, true);
  }).timeout(30_000);

  it('keeps the lease when someone else touches it', async () => {
    const a = stand('a');
    await leads(a);
    const body = { metadata: { annotations: { note: 'hello' } } };
    await connection.client.patch(leases, { namespace: namespace(), name: 'leader' }, { type: 'merge', body });
    await systemClock.sleep(times.renewDeadlineMs + 1_000);
    assert.equal(a.elector.leading, true);
    assert.equal(a.terms[0]?.aborted, false);
  });

  it('steps down when a rival overwrites the lease', async () => {
    const a = stand('a');
    await leads(a);
    const spec = { holderIdentity: 'rival', leaseDurationSeconds: 60, renewTime: '2026-01-01T00:00:00.000000Z' };
    await connection.client.patch(
      leases,
      { namespace: namespace(), name: 'leader' },
      { type: 'merge', body: { spec } },
    );
    assert.equal(await a.ended, 'lost');
    assert.equal(a.terms[0]?.aborted, true);
    assert.equal((await lease()).spec?.holderIdentity, 'rival');
  });
});
