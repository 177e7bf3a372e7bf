import dotI, {
  type OperatorLogger,
  type ResourceEvent,
  ResourceEventType,
  type ResourceMeta,
} from '@dot-i/k8s-operator';
import type { KubeClient } from './client.ts';
import { awaitChange, type Controller, type ControllerOptions, source } from './controller.ts';
import type { Log } from './log.ts';
import type { Store } from './store.ts';
import type { PooledKubeConfig } from './transport.ts';
import { type KubeObject, keyOf, type ObjectKey, type Resource, type Stored } from './types.ts';

/** The base class is a CommonJS default export, which an ES module sees as a property. */
const Operator = dotI.default;

type Handler = (event: ResourceEvent) => Promise<void>;

/**
 * The vocabulary of `@dot-i/k8s-operator`, carried out by this folder's means. We keep its lifecycle (`init`, `start`,
 * `stop`), its types, and its finalizer protocol; what it does itself is replaced, because there it
 * exits the process when a watch is interrupted, loses events, swallows failed writes and overwrites the finalizers of
 * others (docs/adr has the measurements).
 *
 * # Guarantees
 * - A write that fails throws.
 * - Handlers are given clones: they may not spoil the store.
 *
 * # Caveats
 * - The base constructor reads the default kubeconfig before ours takes its place.
 */
export abstract class ProtocolOperator extends Operator {
  readonly #client: KubeClient;

  constructor(config: PooledKubeConfig, client: KubeClient, log: Log) {
    super(loggerOver(log));
    this.kubeConfig = config;
    this.#client = client;
  }

  abstract addReflector<T extends KubeObject>(
    resource: Resource<T>,
    options?: { readonly namespaces?: readonly string[] },
  ): Store<T>;
  abstract addController(options: ControllerOptions): Controller;

  /**
   * Calls the handler for every object, at first and after changes; for one object never twice at once, and again when it
   * throws. Deletions are not events: they are seen by a finalizer, or not at all.
   */
  // oxlint-disable-next-line max-params -- the base class has it so
  protected override async watchResource(
    group: string,
    version: string,
    plural: string,
    onEvent: Handler,
    namespace?: string,
  ): Promise<void> {
    const resource: Resource<KubeObject> = { group, version, plural, kind: '', namespaced: true };
    const store = this.addReflector(resource, namespace === undefined ? {} : { namespaces: [namespace] });
    this.addController({
      name: plural,
      sources: [source(store, (object) => [keyOf(object)])],
      reconcile: async (key) => {
        const object = store.get(key);
        if (object) await onEvent(eventOf(resource, object));
        return awaitChange;
      },
    });
  }

  protected override async handleResourceFinalizer(
    event: ResourceEvent,
    finalizer: string,
    deleteAction: Handler,
  ): Promise<boolean> {
    // The base class edits the list of finalizers in place.
    return super.handleResourceFinalizer({ ...event, object: structuredClone(event.object) }, finalizer, deleteAction);
  }

  /** Stores the list if the object still is the one the list was made from; throws `Conflict` if it is not. */
  protected override async setResourceFinalizers(meta: ResourceMeta, finalizers: string[]): Promise<void> {
    const body = { metadata: { resourceVersion: meta.resourceVersion, finalizers } };
    await this.#client.patch(resourceOf(meta), keyOfMeta(meta), { type: 'merge', body });
  }

  /** @throws always: the chart installs the definitions, so that upgrading them is a decision and not a side effect. */
  protected override registerCustomResourceDefinition(): Promise<never> {
    throw new Error('registering a CRD: definitions are installed by the chart');
  }

  /** @throws always: `StatusWriter` writes status without overwriting what others wrote. */
  protected override setResourceStatus(): Promise<never> {
    throw new Error('setting a status: use StatusWriter');
  }

  /** @throws always, as {@link setResourceStatus}. */
  protected override patchResourceStatus(): Promise<never> {
    throw new Error('patching a status: use StatusWriter');
  }
}

function loggerOver(log: Log): OperatorLogger {
  return {
    debug: (message) => log.debug({}, message),
    info: (message) => log.info({}, message),
    warn: (message) => log.warn({}, message),
    error: (message) => log.error({}, message),
  };
}

function eventOf(resource: Resource<KubeObject>, stored: Stored<KubeObject>): ResourceEvent {
  const { apiVersion, kind, metadata } = stored;
  const { name, namespace, resourceVersion } = metadata;
  const id = `${resource.plural}.${apiVersion}`;
  const meta = { id, name, resourceVersion, apiVersion, kind, ...(namespace === undefined ? {} : { namespace }) };
  return { meta, type: ResourceEventType.Modified, object: mutableCopy(stored) };
}

/** client-node's own object type has mutable members; a clone may be edited, so the cast is sound. */
function mutableCopy(object: KubeObject): ResourceEvent['object'] {
  return structuredClone(object) as unknown as ResourceEvent['object'];
}

/** The inverse of how an id is made: `plural.group/version`, or `plural.version`. */
function resourceOf(meta: ResourceMeta): Resource<KubeObject> {
  const plural = meta.id.slice(0, meta.id.indexOf('.'));
  const slash = meta.apiVersion.indexOf('/');
  const group = meta.apiVersion.slice(0, Math.max(slash, 0));
  return { group, version: meta.apiVersion.slice(slash + 1), plural, kind: meta.kind, namespaced: true };
}

function keyOfMeta(meta: ResourceMeta): ObjectKey {
  return { namespace: meta.namespace ?? '', name: meta.name };
}
