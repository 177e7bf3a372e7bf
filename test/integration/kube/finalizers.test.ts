import assert from 'node:assert/strict';
import { isFault } from '../../../src/kube/errors.ts';
import { addFinalizer, removeFinalizer } from '../../../src/kube/finalizers.ts';
import { keyOf, type Stored } from '../../../src/kube/types.ts';
import { withNamespace } from '../../support/control-plane/namespace.ts';
import { type ConfigMap, type Connection, configMap, configMaps, connect } from './cluster.ts';

const ours = { finalizer: 'kube.test.stratos.dev/ours' };
const theirs = { finalizer: 'kube.test.stratos.dev/theirs' };

describe('finalizers', () => {
  const namespace = withNamespace();
  let connection: Connection;
  let object: Stored<ConfigMap>;
  before(() => void (connection = connect()));
  after(() => connection[Symbol.asyncDispose]());
  beforeEach(async () => void (object = await connection.client.create(configMaps, configMap(namespace(), 'a'))));
  afterEach('let the namespace go', async () => {
    const body = { metadata: { finalizers: null } };
    await connection.client.patch(configMaps, keyOf(object), { type: 'merge', body }).catch(() => undefined);
  });

  const add = (to: Stored<ConfigMap>, which = ours) => addFinalizer(connection.client, configMaps, to, which);
  const remove = (from: Stored<ConfigMap>, which = ours) => removeFinalizer(connection.client, configMaps, from, which);

  it('are added to an empty list and to one of others', async () => {
    assert.deepEqual((await add(object)).metadata.finalizers, [ours.finalizer]);
    const both = await add(await connection.client.get(configMaps, keyOf(object)), theirs);
    assert.deepEqual(both.metadata.finalizers, [ours.finalizer, theirs.finalizer]);
  });

  it('are removed alone, and the object goes with the last one', async () => {
    const both = await add(await add(object, theirs));
    await connection.client.delete(configMaps, keyOf(object));
    const left = await remove(both);
    assert.deepEqual(left.metadata.finalizers, [theirs.finalizer]);
    await remove(left, theirs);
    const error = await connection.client.get(configMaps, keyOf(object)).catch((caught: unknown) => caught);
    assert.ok(isFault(error, 'NotFound'), String(error));
  });

  const races: Record<string, () => Promise<unknown>> = {
    'adding to a list that someone else has begun': async () => {
      await add(object, theirs);
      return add(object);
    },
    'adding to a list that someone else has extended': async () => {
      const mine = await add(object);
      await add(mine, theirs);
      return add(mine, { finalizer: 'kube.test.stratos.dev/third' });
    },
    'removing from a list whose positions have moved': async () => {
      const both = await add(await add(object, theirs));
      await remove(both, theirs);
      return remove(both);
    },
    'removing from the successor of the object': async () => {
      const mine = await add(object);
      const body = { metadata: { finalizers: null } };
      await connection.client.patch(configMaps, keyOf(object), { type: 'merge', body });
      await connection.client.delete(configMaps, keyOf(object));
      await add(await connection.client.create(configMaps, configMap(namespace(), 'a')));
      return remove(mine);
    },
  };
  for (const [name, race] of Object.entries(races)) {
    it(`is a conflict: ${name}`, async () => {
      const error = await race().catch((caught: unknown) => caught);
      assert.ok(isFault(error, 'Conflict'), String(error));
    });
  }
});
