import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { isFault, KubeError } from '../../../src/kube/errors.ts';
import type { RequestSample } from '../../../src/kube/metrics.ts';
import { keyOf } from '../../../src/kube/types.ts';
import { withNamespace } from '../../support/control-plane/namespace.ts';
import { type ConfigMap, configMap, configMaps, connect, installWidgets, widget, widgets } from './cluster.ts';

/** The type of the fault with which the promise is rejected. */
async function faultOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof KubeError, `not a KubeError: ${String(error)}`);
    return error.fault.type;
  }
  return 'none';
}

describe('KubeClient', () => {
  const namespace = withNamespace();

  it('creates, reads, patches, applies, lists and deletes', async () => {
    await using connection = connect();
    const { client } = connection;
    const created = await client.create(configMaps, configMap(namespace(), 'a', 1));
    const key = keyOf(created);
    assert.deepEqual((await client.get(configMaps, key)).data, { n: '1' });

    await client.patch(configMaps, key, { type: 'merge', body: { data: { m: '2' } } });
    await client.patch(configMaps, key, { type: 'json', body: [{ op: 'remove', path: '/data/n' }] });
    await client.apply(configMaps, { ...configMap(namespace(), 'a'), data: { z: '3' } }, { fieldManager: 'test' });
    assert.deepEqual((await client.get(configMaps, key)).data, { m: '2', z: '3' });

    const list = await client.list(configMaps, { namespace: namespace(), fieldSelector: 'metadata.name=a' });
    assert.deepEqual(
      list.items.map(({ apiVersion, kind, metadata }) => ({ apiVersion, kind, name: metadata.name })),
      [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a' }],
    );
    await client.delete(configMaps, key, { uid: created.metadata.uid });
    assert.equal(await faultOf(client.get(configMaps, key)), 'NotFound');
  });

  it('reads a collection page by page', async () => {
    await using connection = connect();
    const { client } = connection;
    for (const name of ['a', 'b', 'c']) await client.create(configMaps, configMap(namespace(), name));
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await client.list(configMaps, { namespace: namespace(), limit: 2, continue: token });
      names.push(...page.items.map((item) => item.metadata.name));
      token = page.continue;
    } while (token !== undefined);
    assert.deepEqual(
      names,
      ['a', 'b', 'c', 'kube-root-ca.crt'].filter((name) => names.includes(name)),
    );
    assert.ok(names.length >= 3);
  });

  it('names the fault of every refusal', async () => {
    await using connection = connect();
    const { client } = connection;
    await installWidgets(client);
    const stored = await client.create(configMaps, configMap(namespace(), 'a'));
    const key = keyOf(stored);
    const stale = { type: 'merge', body: { metadata: { resourceVersion: '1' }, data: { n: '9' } } } as const;
    const faults = {
      exists: await faultOf(client.create(configMaps, configMap(namespace(), 'a'))),
      stale: await faultOf(client.patch(configMaps, key, stale)),
      otherUid: await faultOf(client.delete(configMaps, key, { uid: 'not-it' })),
      missing: await faultOf(client.get(configMaps, { ...key, name: 'b' })),
      invalid: await faultOf(client.create(widgets, { ...widget(namespace(), 'w'), spec: { size: 99 } })),
      nonsense: await faultOf(client.raw('POST', '/api/v1/namespaces', { kind: 'Namespace', apiVersion: 'v2' })),
      old: await faultOf(client.list(configMaps, { namespace: namespace(), limit: 1, continue: 'nonsense' })),
    };
    assert.deepEqual(faults, {
      exists: 'AlreadyExists',
      stale: 'Conflict',
      otherUid: 'Conflict',
      missing: 'NotFound',
      invalid: 'Invalid',
      nonsense: 'Bug',
      old: 'Bug',
    });
  });

  it('says what it was doing, to which object, and which field was wrong', async () => {
    await using connection = connect();
    await installWidgets(connection.client);
    const bad = { ...widget(namespace(), 'w'), spec: { size: 99 } };
    const error = await connection.client.create(widgets, bad).catch((caught: unknown) => caught);
    assert.ok(error instanceof KubeError && error.fault.type === 'Invalid');
    assert.match(error.message, new RegExp(`^creating widgets ${namespace()}/w: 422 Invalid `));
    assert.deepEqual(
      error.fault.details.map((detail) => detail.field),
      ['spec.size'],
    );
  });

  it('keeps the fields of an object that this code does not know', async () => {
    await using connection = connect();
    const { client } = connection;
    const created = await client.create(configMaps, {
      ...configMap(namespace(), 'a'),
      immutable: true,
    } as ConfigMap);
    assert.equal('immutable' in (await client.get(configMaps, keyOf(created))), true);
  });

  const loads: Record<string, { run: (get: () => Promise<unknown>) => Promise<unknown>; most: number }> = {
    'at most two connections for a hundred requests one after another': {
      run: async (get) => {
        for (let i = 0; i < 100; i += 1) await get();
      },
      most: 2,
    },
    'at most sixteen connections for a hundred requests at once': {
      run: (get) => Promise.all(Array.from({ length: 100 }, get)),
      most: 16,
    },
  };
  for (const [name, load] of Object.entries(loads)) {
    it(`opens ${name}`, async () => {
      await using connection = connect();
      let opened = 0;
      const count = (): void => void (opened += 1);
      subscribe('undici:client:connected', count);
      await load.run(() => connection.client.get(configMaps, { namespace: namespace(), name: 'kube-root-ca.crt' }));
      unsubscribe('undici:client:connected', count);
      assert.ok(opened >= 1 && opened <= load.most, `${opened} connections`);
    });
  }

  it('tells the metrics of every attempt', async () => {
    const samples: RequestSample[] = [];
    await using connection = connect({ metrics: { requested: (sample) => void samples.push(sample) } });
    await faultOf(connection.client.get(configMaps, { namespace: namespace(), name: 'missing' }));
    assert.deepEqual(
      samples.map(({ verb, method, code }) => ({ verb, method, code })),
      [{ verb: 'get', method: 'GET', code: '404' }],
    );
  });

  it('ends with the reason of the signal', async () => {
    await using connection = connect();
    const reason = new Error('no longer wanted');
    const options = { signal: AbortSignal.abort(reason) };
    await assert.rejects(connection.client.list(configMaps, {}, options), reason);
  });

  it('asks its fence before a write, and not before a read', async () => {
    await using connection = connect();
    const fenced = connection.client.fenced(() => {
      throw new Error('not the leader');
    });
    await fenced.list(configMaps, { namespace: namespace() });
    await assert.rejects(fenced.create(configMaps, configMap(namespace(), 'a')), /not the leader/);
    assert.equal(await faultOf(connection.client.get(configMaps, { namespace: namespace(), name: 'a' })), 'NotFound');
  });

  it('is refused with Unauthorized under a wrong token', async () => {
    await using connection = connect();
    const [user] = connection.config.users;
    connection.config.users = [{ ...user, name: user?.name ?? '', token: 'wrong' }];
    const error = await connection.client.list(configMaps).catch((caught: unknown) => caught);
    assert.ok(isFault(error, 'Unauthorized'), String(error));
  });
});
