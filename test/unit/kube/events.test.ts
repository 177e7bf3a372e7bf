import assert from 'node:assert/strict';
import { type EventInput, fingerprint, startSeries } from '../../../src/kube/event-series.ts';
import { EventRecorder } from '../../../src/kube/events.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { noMetrics } from '../../../src/kube/metrics.ts';
import { thing } from './objects.ts';
import { VirtualClock } from './virtual-clock.ts';

const reporter = { controller: 'distill.stratos.dev/operator', instance: 'stratos-0' };
const started: EventInput = {
  regarding: thing('job', '5'),
  type: 'Normal',
  reason: 'Started',
  action: 'Start',
  note: 'Training has started.',
};

/** A recorder and what it sends: the least that shows *when* it writes; that the server accepts it is tested elsewhere. */
function bench(failing = false) {
  const clock = new VirtualClock();
  const sent: string[] = [];
  const dropped: string[] = [];
  const note = (line: string): Promise<never> => {
    sent.push(line);
    return (failing ? Promise.reject(new Error('no')) : Promise.resolve({})) as Promise<never>;
  };
  const client: Pick<KubeClient, 'create' | 'patch'> = {
    create: (_, object) => note(`create ${(object as unknown as { reason: string }).reason}`),
    patch: (_, __, patch) => note(`patch ${JSON.stringify(patch.body)}`),
  };
  const metrics = { ...noMetrics, eventDropped: (why: string) => void dropped.push(why) };
  const recorder = new EventRecorder({ client, reporter, clock, metrics });
  const stop = new AbortController();
  return { clock, sent, dropped, recorder, stop, running: recorder.run(stop.signal) };
}

describe('an event', () => {
  it('is written as events.k8s.io/v1 has it', () => {
    const { event } = startSeries(started, reporter, Date.parse('2026-01-02T03:04:05.678Z'));
    const { metadata, ...rest } = event;
    assert.match(metadata.name, /^job\.[0-9a-f]{8}[0-9a-f]+$/);
    assert.equal(metadata.namespace, 'ns');
    assert.deepEqual(rest, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      eventTime: '2026-01-02T03:04:05.678000Z',
      type: 'Normal',
      reason: 'Started',
      action: 'Start',
      note: 'Training has started.',
      regarding: {
        apiVersion: 'v1',
        kind: 'Thing',
        namespace: 'ns',
        name: 'job',
        uid: 'uid-job',
        resourceVersion: '5',
      },
      reportingController: 'distill.stratos.dev/operator',
      reportingInstance: 'stratos-0',
    });
  });

  it('about a cluster-scoped object stands in the default namespace', () => {
    const { namespace: _, ...metadata } = thing('pool', '1').metadata;
    const regarding = { apiVersion: 'v1', kind: 'Pool', metadata };
    assert.equal(startSeries({ ...started, regarding }, reporter, 0).event.metadata.namespace, 'default');
  });

  it('has a name and a note that fit', () => {
    const long = { ...started, regarding: thing('x'.repeat(253), '1'), note: 'y'.repeat(2000) };
    const { event } = startSeries(long, reporter, Date.parse('2026-01-02T03:04:05Z'));
    assert.equal(event.metadata.name.length, 253);
    assert.equal(event.note.length, 1024);
  });

  const different: Record<string, Partial<EventInput>> = {
    'another note': { note: 'It has started again.' },
    'another reason': { reason: 'Restarted' },
    'another type': { type: 'Warning' },
    'another object': { regarding: thing('job-2', '5') },
  };
  for (const [what, change] of Object.entries(different)) {
    it(`is not a repetition with ${what}`, () => {
      assert.notEqual(fingerprint({ ...started, ...change }), fingerprint(started));
    });
  }

  it('is a repetition with another note under the same key, and at another version of the object', () => {
    const keyed = { ...started, dedupeKey: 'start' };
    const later = { ...keyed, note: 'Started, 5 minutes ago.', regarding: thing('job', '6') };
    assert.equal(fingerprint(keyed), fingerprint(later));
  });
});

describe('EventRecorder', () => {
  it('writes a new event at once, and its repetitions together every ten seconds', async () => {
    const { clock, sent, recorder } = bench();
    recorder.publish(started);
    await clock.advance(0);
    assert.deepEqual(sent, ['create Started']);
    for (let second = 0; second < 5; second += 1) {
      recorder.publish(started);
      await clock.advance(1000);
    }
    assert.equal(sent.length, 1);
    await clock.advance(15_000);
    assert.deepEqual(sent.slice(1), ['patch {"series":{"count":6,"lastObservedTime":"2026-01-02T03:04:09.000000Z"}}']);
  });

  it('begins a new event after two quiet minutes', async () => {
    const { clock, sent, recorder } = bench();
    recorder.publish(started);
    await clock.advance(119_999);
    recorder.publish(started);
    await clock.advance(120_000);
    recorder.publish(started);
    await clock.advance(0);
    assert.deepEqual(
      sent.map((line) => line.split(' ')[0]),
      ['create', 'patch', 'create'],
    );
  });

  it('writes what is left when it is stopped', async () => {
    const { clock, sent, recorder, stop, running } = bench();
    recorder.publish(started);
    await clock.advance(0);
    recorder.publish(started);
    stop.abort();
    await running;
    assert.equal(sent.length, 2);
  });

  it('lets one object have 25 different events, then one in five minutes', async () => {
    const { clock, sent, dropped, recorder } = bench();
    for (let i = 0; i < 30; i += 1) recorder.publish({ ...started, note: `Step ${i}.` });
    recorder.publish({ ...started, regarding: thing('another', '1') });
    await clock.advance(0);
    assert.equal(sent.length, 26);
    assert.deepEqual(
      dropped,
      Array.from({ length: 5 }, () => 'rate-limited'),
    );
    await clock.advance(300_000);
    recorder.publish({ ...started, note: 'Later.' });
    await clock.advance(0);
    assert.equal(sent.length, 27);
  });

  it('drops what cannot be written, and goes on', async () => {
    const { clock, sent, dropped, recorder } = bench(true);
    recorder.publish(started);
    await clock.advance(0);
    recorder.publish({ ...started, reason: 'Ended' });
    await clock.advance(0);
    assert.deepEqual(sent, ['create Started', 'create Ended']);
    assert.deepEqual(dropped, ['failed', 'failed']);
  });
});
