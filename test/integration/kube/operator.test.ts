import assert from 'node:assert/strict';
import { ResourceEventType, type ResourceEvent } from '@dot-i/k8s-operator';
import { awaitChange, source } from '../../../src/kube/controller.ts';
import { isFault } from '../../../src/kube/errors.ts';
import { StratosOperator, type StratosOperatorOptions } from '../../../src/kube/operator.ts';
import type { Store } from '../../../src/kube/store.ts';
import { keyOf, type Stored } from '../../../src/kube/types.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { until } from '../../support/control-plane/http.ts';
import { withNamespace } from '../../support/control-plane/namespace.ts';
import { type ConfigMap, configMap, configMaps, connect, type Connection } from './cluster.ts';

const reporter = { controller: 'stratos.dev/test', instance: 'test-0' };

/** Copies each config map `x` of a namespace to `x-copy`, and says who did it. */
class CopyingOperator extends StratosOperator {
  readonly store: Store<ConfigMap>;
  /** Reconciles wait for this. */
  gate: Promise<void> = Promise.resolve();

  constructor(namespace: string, identity: string, options: StratosOperatorOptions) {
    super(options);
    this.store = this.addReflector(configMaps, { namespaces: [namespace], labelSelector: 'copy=please' });
    this.addController({
      name: 'copier',
      sources: [source(this.store, (object) => [keyOf(object)])],
      reconcile: async (key) => {
        await this.gate;
        if (!this.store.get(key)) return awaitChange;
        const copy = { ...configMap(namespace, `${key.name}-copy`), data: { by: identity } };
        await this.client.apply(configMaps, copy, { fieldManager: 'copier', force: true });
        return awaitChange;
      },
    });
  }

  /** The finalizer protocol of the base class, opened up. */
  finalize(object: Stored<ConfigMap>, cleanUp: (event: ResourceEvent) => Promise<void>): Promise<boolean> {
    const { name, namespace = '', resourceVersion } = object.metadata;
    const meta = { id: 'configmaps.v1', name, namespace, resourceVersion, apiVersion: 'v1', kind: 'ConfigMap' };
    const event = { meta, type: ResourceEventType.Modified, object: object as unknown as ResourceEvent['object'] };
    return this.handleResourceFinalizer(event, 'stratos.dev/test', cleanUp);
  }

  register(): Promise<unknown> {
    return this.registerCustomResourceDefinition();
  }

  /** The base class's way to see objects. */
  see(namespace: string, onEvent: (event: ResourceEvent) => Promise<void>): Promise<void> {
    return this.watchResource('', 'v1', 'configmaps', onEvent, namespace);
  }
}

describe('StratosOperator', () => {
  const namespace = withNamespace();
  let connection: Connection;
  const started: StratosOperator[] = [];
  before(() => void (connection = connect()));
  after(() => connection[Symbol.asyncDispose]());
  afterEach(async () => {
    await Promise.all(started.splice(0).map((operator) => operator.stop()));
  });

  function operator(identity: string, more: Partial<StratosOperatorOptions> = {}): CopyingOperator {
    const made = new CopyingOperator(namespace(), identity, { kubeConfig: connection.config, reporter, ...more });
    started.push(made);
    return made;
  }

  const elected = (identity: string): Partial<StratosOperatorOptions> => ({
    leaderElection: {
      lease: { namespace: namespace(), name: 'operator' },
      identity,
      leaseMs: 3_000,
      renewDeadlineMs: 2_000,
      retryMs: 300,
    },
  });

  const put = (name: string): Promise<Stored<ConfigMap>> => {
    const object = configMap(namespace(), name);
    return connection.client.create(configMaps, {
      ...object,
      metadata: { ...object.metadata, labels: { copy: 'please' } },
    });
  };
  const get = (name: string) => connection.client.get(configMaps, { namespace: namespace(), name });
  const copied = (name: string, by: string) =>
    until(
      `${name} to be copied by ${by}`,
      { withinMs: 15_000 },
      async () => (await get(`${name}-copy`)).data?.['by'] === by,
    );

  it('reconciles what is there and what comes, and stops', async () => {
    await put('a');
    const one = operator('one');
    await one.start();
    await copied('a', 'one');
    assert.deepEqual({ unsynced: one.unsynced(), dead: one.dead() }, { unsynced: [], dead: [] });
    await put('b');
    await copied('b', 'one');
    await one.stop();
    assert.equal(await one.done, 'stopped');
    await put('c');
    await assert.rejects(get('c-copy'), (error) => isFault(error, 'NotFound'));
  });

  it('lets one replica act while the other keeps its store warm, and hands over on stop', async () => {
    const one = operator('one', elected('one'));
    await one.start();
    await until('one to lead', { withinMs: 10_000 }, async () => one.leading);
    const two = operator('two', elected('two'));
    await two.start();
    await put('a');
    await copied('a', 'one');
    await two.store.waitSynced();
    assert.equal(two.leading, false);
    await assert.rejects(two.client.create(configMaps, configMap(namespace(), 'x')), /without leadership/);

    await one.stop();
    await put('b');
    await copied('b', 'two');
  });

  it('lets a running reconcile finish its write before it hands the lease over', async () => {
    const one = operator('one', elected('one'));
    const gate = Promise.withResolvers<void>();
    one.gate = gate.promise;
    await one.start();
    await until('one to lead', { withinMs: 10_000 }, async () => one.leading);
    await put('a');
    await until('the store to see it', { withinMs: 5_000 }, async () => one.store.size === 1);
    const stopping = one.stop();
    gate.resolve();
    await stopping;
    assert.equal((await get('a-copy')).data?.['by'], 'one');
  });

  it('can be stopped before it was started, and twice', async () => {
    const one = operator('one');
    await one.stop();
    await one.stop();
  });

  it('measures under the names of controller-runtime', async () => {
    const metrics = new Metrics();
    await put('a');
    const one = operator('one', { metrics });
    await one.start();
    await copied('a', 'one');
    const text = await metrics.registry.metrics();
    assert.match(text, /controller_runtime_reconcile_total\{controller="copier",result="success"\} [1-9]/);
    assert.match(text, /controller_runtime_reconcile_errors_total\{controller="copier"\} 0/);
    assert.match(text, /rest_client_requests_total\{code="20[01]",method="PATCH",host="127.0.0.1:\d+"\} [1-9]/);
    assert.match(text, /workqueue_adds_total\{name="copier",controller="copier"\} [1-9]/);
  });

  it('carries out the finalizer protocol of @dot-i/k8s-operator: add first, clean up, then remove', async () => {
    const one = operator('one');
    const cleaned: string[] = [];
    const cleanUp = async ({ meta }: ResourceEvent): Promise<void> => void cleaned.push(meta.name);
    const created = Object.freeze(await put('a'));
    assert.equal(await one.finalize(created, cleanUp), true);
    assert.deepEqual((await get('a')).metadata.finalizers, ['stratos.dev/test']);
    assert.equal(await one.finalize(await get('a'), cleanUp), false);

    await connection.client.delete(configMaps, keyOf(created));
    assert.equal(await one.finalize(await get('a'), cleanUp), true);
    assert.deepEqual(cleaned, ['a']);
    await assert.rejects(get('a'), (error) => isFault(error, 'NotFound'));
  });

  it('does not pretend to have stored a finalizer when the object has changed', async () => {
    const one = operator('one');
    const created = await put('a');
    await connection.client.patch(configMaps, keyOf(created), { type: 'merge', body: { data: { n: '2' } } });
    await assert.rejects(
      one.finalize(created, async () => undefined),
      (error) => isFault(error, 'Conflict'),
    );
  });

  it('shows objects to handlers of the base class, and again after they threw', async () => {
    const one = operator('one');
    const seen: string[] = [];
    await one.see(namespace(), async ({ meta, object }) => {
      if (meta.name === 'kube-root-ca.crt') return;
      seen.push(`${meta.name} ${object.kind}`);
      if (seen.length === 1) throw new Error('not yet');
    });
    await put('a');
    await one.start();
    await until(
      'the handler to be called again',
      { withinMs: 5_000 },
      async () => seen.filter((line) => line === 'a ConfigMap').length > 1,
    );
  });

  it('refuses to install definitions', async () => {
    const one = operator('one');
    await assert.rejects(async () => one.register(), /installed by the chart/);
  });
});
