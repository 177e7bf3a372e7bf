import assert from 'node:assert/strict';
import { StratosOperator } from '../../../src/kube/operator.ts';
import type { OptionalCollection } from '../../../src/kube/optional-collection.ts';
import { clusterScoped } from '../../../src/kube/resources.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import { until } from '../../support/control-plane/http.ts';
import { connect, type Connection, removeGadgets, installGadgets, gadgets, oldGadgets } from './cluster.ts';

const reporter = { controller: 'stratos.dev/test', instance: 'test-0' };
const searchMs = 200;

describe('an optional collection of the operator', () => {
  let connection: Connection;
  let operator: StratosOperator;
  let collection: OptionalCollection<KubeObject>;
  before(() => void (connection = connect()));
  after(() => connection[Symbol.asyncDispose]());
  beforeEach(async () => {
    operator = new StratosOperator({ kubeConfig: connection.config, reporter });
    collection = operator.addOptionalReflector([gadgets, oldGadgets], { searchMs });
  });
  afterEach(async () => {
    await operator.stop();
    await removeGadgets(connection.client);
  });

  const put = (name: string) =>
    connection.client.create(oldGadgets, {
      apiVersion: 'optional.test.stratos.dev/v1alpha1',
      kind: 'Gadget',
      metadata: { name },
    });
  const size = (count: number) =>
    until(`${count} gadgets`, { withinMs: 15_000 }, async () => collection.store.size === count);
  const served = (wanted: boolean) =>
    until(`served to be ${wanted}`, { withinMs: 30_000 }, async () => collection.served === wanted);

  it('comes and goes with its definition while the operator runs', async () => {
    await operator.start();
    await collection.store.waitSynced(AbortSignal.timeout(5_000));
    assert.deepEqual({ unsynced: operator.unsynced(), dead: operator.dead() }, { unsynced: [], dead: [] });
    assert.equal(collection.served, false);
    for (let life = 1; life <= 2; life += 1) {
      await installGadgets(connection.client);
      await served(true);
      assert.equal(collection.resource, oldGadgets);
      await put('a');
      await put('b');
      await size(2);
      await removeGadgets(connection.client);
      await served(false);
      assert.equal(collection.store.size, 0);
    }
    assert.deepEqual({ unsynced: operator.unsynced(), dead: operator.dead() }, { unsynced: [], dead: [] });
  }).timeout(120_000);

  it('reads what was there before it began', async () => {
    await installGadgets(connection.client);
    await put('a');
    await operator.start();
    await served(true);
    await size(1);
  });

  it('does not mind a group that is served without the kind', async () => {
    const nobody = clusterScoped('apps/v1', 'gadgets', 'Gadget');
    collection = operator.addOptionalReflector([nobody], { searchMs });
    await operator.start();
    await collection.store.waitSynced(AbortSignal.timeout(5_000));
    assert.equal(collection.served, false);
  });
});
