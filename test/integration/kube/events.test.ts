import assert from 'node:assert/strict';
import { EventRecorder } from '../../../src/kube/events.ts';
import { events } from '../../../src/kube/resources.ts';
import { keyOf } from '../../../src/kube/types.ts';
import { withNamespace } from '../../support/control-plane/namespace.ts';
import { configMap, configMaps, connect } from './cluster.ts';

describe('EventRecorder', () => {
  const namespace = withNamespace();

  it('stores an event, counts its repetitions in a series, and keeps different ones apart', async () => {
    await using connection = connect();
    const { client } = connection;
    const regarding = await client.create(configMaps, configMap(namespace(), 'a'));
    const reporter = { controller: 'distill.stratos.dev/operator', instance: 'test-0' };
    const recorder = new EventRecorder({ client, reporter });
    const started = {
      regarding,
      type: 'Normal',
      reason: 'Started',
      action: 'Start',
      note: 'Training has started.',
    } as const;

    recorder.publish(started);
    await recorder.flush();
    for (let i = 0; i < 3; i += 1) recorder.publish(started);
    recorder.publish({ ...started, type: 'Warning', reason: 'Slow', note: 'It is slow.' });
    await recorder.flush();

    const { items } = await client.list(events, { namespace: namespace() });
    const seen = items.map(({ reason, series, note }) => ({ reason, count: series?.count, note }));
    assert.deepEqual(
      seen.sort((a, b) => b.reason.localeCompare(a.reason)),
      [
        { reason: 'Started', count: 4, note: 'Training has started.' },
        { reason: 'Slow', count: undefined, note: 'It is slow.' },
      ],
    );
    assert.equal(items[0]?.regarding.uid, regarding.metadata.uid);
  });

  it('stores the series anew when its event was deleted', async () => {
    await using connection = connect();
    const { client } = connection;
    const regarding = await client.create(configMaps, configMap(namespace(), 'a'));
    const recorder = new EventRecorder({ client, reporter: { controller: 'stratos.dev/test', instance: 'test-0' } });
    const event = { regarding, type: 'Normal', reason: 'Again', action: 'Try', note: 'Trying again.' } as const;
    recorder.publish(event);
    await recorder.flush();
    for (const item of (await client.list(events, { namespace: namespace() })).items) {
      await client.delete(events, keyOf(item));
    }
    recorder.publish(event);
    await recorder.flush();
    const { items } = await client.list(events, { namespace: namespace() });
    assert.deepEqual(
      items.map(({ series }) => series?.count),
      [2],
    );
  });
});
