import assert from 'node:assert/strict';
import { setCondition } from '../../../src/api/condition-list.ts';
import { isFault } from '../../../src/kube/errors.ts';
import { StatusWriter } from '../../../src/kube/status-writer.ts';
import { stripManagedFields } from '../../../src/kube/store.ts';
import { keyOf } from '../../../src/kube/types.ts';
import { withNamespace } from '../../support/control-plane/namespace.ts';
import { type Connection, connect, installWidgets, type Widget, widget, widgets } from './cluster.ts';

const now = Date.parse('2026-01-02T03:04:05Z');
const fieldManager = 'stratos-test';

/** A status with one condition of ours. */
function statusOf(reason: string): NonNullable<Widget['status']> {
  const ready = { type: 'Ready', status: 'True', reason, message: 'It is.', observedGeneration: 1 } as const;
  return { summary: reason, plan: { cost: '1.50' }, front: ['a', 'b'], conditions: setCondition([], ready, now) };
}

describe('StatusWriter', () => {
  const namespace = withNamespace();
  let connection: Connection;
  let requests = 0;
  before(async () => {
    connection = connect({ metrics: { requested: () => void (requests += 1) } });
    await installWidgets(connection.client);
  });
  after(() => connection[Symbol.asyncDispose]());

  const writer = (): StatusWriter<Widget> =>
    new StatusWriter({ client: connection.client, resource: widgets, fieldManager });
  const create = () => connection.client.create(widgets, widget(namespace(), 'w'));
  /** The object as a store would hold it. */
  const read = async () =>
    stripManagedFields(await connection.client.get(widgets, { namespace: namespace(), name: 'w' }), fieldManager);

  it('writes once, and sends nothing when the same is stored', async () => {
    assert.equal(await writer().write(await create(), statusOf('Ok')), true);
    const stored = await read();
    const sent = requests;
    assert.equal(await writer().write(stored, statusOf('Ok')), false);
    assert.equal(requests, sent);
  });

  it('changes nothing on the server when a stale cache makes it write the same again', async () => {
    const created = await create();
    await writer().write(created, statusOf('Ok'));
    const before = await read();
    await writer().write(created, statusOf('Ok'));
    assert.equal((await read()).metadata.resourceVersion, before.metadata.resourceVersion);
  });

  it('sends nothing when only another manager has written', async () => {
    await writer().write(await create(), statusOf('Ok'));
    const foreign = { type: 'Approved', status: 'True', reason: 'Human', message: '', observedGeneration: 1 } as const;
    const status = { plan: { pool: 'gold' }, conditions: setCondition([], foreign, now) };
    const options = { fieldManager: 'someone-else', subresource: 'status' } as const;
    await connection.client.apply(widgets, { ...widget(namespace(), 'w'), status }, options);
    const stored = await read();
    assert.equal(stored.status?.conditions?.length, 2);
    const sent = requests;
    assert.equal(await writer().write(stored, statusOf('Ok')), false);
    assert.equal(requests, sent);
  });

  it('gives up the fields it no longer means, and leaves those of others', async () => {
    await writer().write(await create(), statusOf('Ok'));
    const options = { fieldManager: 'someone-else', subresource: 'status' } as const;
    await connection.client.apply(
      widgets,
      { ...widget(namespace(), 'w'), status: { plan: { pool: 'gold' } } },
      options,
    );
    assert.equal(await writer().write(await read(), { summary: 'Short' }), true);
    assert.deepEqual((await read()).status, { summary: 'Short', plan: { pool: 'gold' } });
  });

  it('refuses an object that was deleted and created anew', async () => {
    const first = await create();
    await connection.client.delete(widgets, keyOf(first));
    await create();
    const error = await writer()
      .write(first, statusOf('Ok'))
      .catch((caught: unknown) => caught);
    assert.ok(isFault(error, 'Conflict'), String(error));
  });

  it('refuses an object that has changed, when told to depend on it', async () => {
    const first = await create();
    await connection.client.patch(widgets, keyOf(first), { type: 'merge', body: { spec: { size: 2 } } });
    const error = await writer()
      .write(first, statusOf('Ok'), { onlyIfUnchanged: true })
      .catch((caught: unknown) => caught);
    assert.ok(isFault(error, 'Conflict'), String(error));
  });
});
