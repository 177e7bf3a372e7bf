import assert from 'node:assert/strict';
import type { KubeClient } from '../../../src/kube/client.ts';
import { Reflector } from '../../../src/kube/reflector.ts';
import { MutableStore } from '../../../src/kube/store.ts';
import { keyOf } from '../../../src/kube/types.ts';
import { until } from '../../support/control-plane/http.ts';
import { withNamespace } from '../../support/control-plane/namespace.ts';
import { sharedControlPlane } from '../../support/control-plane/shared.ts';
import { type ConfigMap, configMap, configMaps, connect, type Connection } from './cluster.ts';

interface Copy extends AsyncDisposable {
  readonly store: MutableStore<ConfigMap>;
  readonly reflector: Reflector<ConfigMap>;
  readonly changes: string[];
  /** How often a collection was read, not counting streaming lists, and how often a watch was opened. */
  readonly calls: { lists: number; watches: number };
  /** Why watches and lists ended. */
  readonly ends: Set<string>;
}

/** A store of the namespace's config maps that follows the server until disposed. */
function follow(
  client: KubeClient,
  namespace: string,
  options: { readonly streaming?: boolean; readonly pageSize?: number } = {},
): Copy {
  const store = new MutableStore<ConfigMap>();
  const changes: string[] = [];
  const calls = { lists: 0, watches: 0 };
  const ends = new Set<string>();
  store.subscribe((type, object, previous) => {
    const name = (object ?? previous)?.metadata.name ?? '';
    if (name !== 'kube-root-ca.crt') changes.push(`${type} ${name}`);
  });
  const metrics = {
    listed: () => void (calls.lists += 1),
    watchStarted: () => void (calls.watches += 1),
    watchEnded: (_: string, why: string) => void ends.add(why),
  };
  const reflector = new Reflector({
    client,
    resource: configMaps,
    store: store.writer(),
    namespace,
    metrics,
    ...options,
  });
  const stop = new AbortController();
  const running = reflector.run(stop.signal);
  return {
    store,
    reflector,
    changes,
    calls,
    ends,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

describe('Reflector', () => {
  const namespace = withNamespace();
  let connection: Connection;
  before(() => void (connection = connect()));
  after(() => connection[Symbol.asyncDispose]());

  const put = (name: string, n: number) =>
    connection.client.apply(configMaps, configMap(namespace(), name, n), { fieldManager: 'test' });
  const has = (copy: Copy, name: string, n: number) =>
    until(`${name} to be ${n}`, { withinMs: 40_000 }, async () => {
      return copy.store.get({ namespace: namespace(), name })?.data?.['n'] === String(n);
    });

  const modes = { 'by a streaming list': { streaming: true }, 'page by page': { streaming: false, pageSize: 1 } };
  for (const [how, options] of Object.entries(modes)) {
    it(`copies what is there, ${how}, then follows`, async () => {
      await put('a', 1);
      await put('b', 1);
      await using copy = follow(connection.client, namespace(), options);
      await copy.store.waitSynced(AbortSignal.timeout(10_000));
      assert.deepEqual([...copy.changes].sort(), ['added a', 'added b']);
      assert.equal(copy.calls.lists > 0, !options.streaming);
      await put('a', 2);
      await has(copy, 'a', 2);
      await connection.client.delete(configMaps, { namespace: namespace(), name: 'b' });
      await put('c', 1);
      await has(copy, 'c', 1);
      assert.deepEqual(copy.changes.slice(2), ['modified a', 'deleted b', 'added c']);
    });
  }

  it('keeps objects without managed fields, and frozen', async () => {
    const stored = await put('a', 1);
    assert.ok(stored.metadata.managedFields);
    await using copy = follow(connection.client, namespace());
    await copy.store.waitSynced();
    const object = copy.store.get(keyOf(stored));
    assert.equal(object?.metadata.managedFields, undefined);
    assert.ok(Object.isFrozen(object?.data) && Object.isFrozen(object));
  });

  it('resumes after the API server crashed, missing nothing, without reading the collection again', async () => {
    await put('a', 1);
    await using copy = follow(connection.client, namespace());
    await copy.store.waitSynced();
    await sharedControlPlane().stopApiServer('crash');
    await sharedControlPlane().startApiServer();
    await put('a', 2);
    await has(copy, 'a', 2);
    assert.deepEqual(copy.changes, ['added a', 'modified a']);
    assert.equal(copy.ends.has('Gone'), false);
    assert.ok(copy.calls.watches > 1);
    assert.equal(copy.calls.lists, 0);
  }).timeout(90_000);

  it('reads the collection again when its version was compacted away, and learns of what was deleted meanwhile', async () => {
    await put('a', 1);
    await put('b', 1);
    const other = connect();
    await using copy = follow(other.client, namespace(), { streaming: false });
    await copy.store.waitSynced();
    // Cut off: a server that nobody listens to, until the version this reflector stands at is gone.
    const [cluster] = other.config.clusters;
    assert.ok(cluster);
    const { server } = cluster;
    other.config.clusters = [{ ...cluster, server: 'https://127.0.0.1:9' }];
    await other.config.close();
    await connection.client.delete(configMaps, { namespace: namespace(), name: 'b' });
    await put('a', 2);
    await sharedControlPlane().compactEtcd();
    await sharedControlPlane().stopApiServer('crash');
    await sharedControlPlane().startApiServer();
    other.config.clusters = [{ ...cluster, server }];
    other.config.forgetCredentials();
    await has(copy, 'a', 2);
    await until('b to be gone', { withinMs: 10_000 }, async () => copy.changes.includes('deleted b'));
    assert.deepEqual([...copy.changes].sort(), ['added a', 'added b', 'deleted b', 'modified a']);
    assert.ok(copy.ends.has('Gone'), [...copy.ends].join());
    await other[Symbol.asyncDispose]();
  }).timeout(90_000);
});
