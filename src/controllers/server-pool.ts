/** The controller of ServerPools: gather -> decide -> one status write -> events. */
import type { ServerPool } from '../api/v1alpha1/server-pool.gen.ts';
import { decide } from '../domain/server-pool/decide.ts';
import { observe } from '../domain/server-pool/observed.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Clock } from '../kube/clock.ts';
import { awaitChange, type ControllerOptions, type Next, requeueAfter, source } from '../kube/controller.ts';
import type { EventRecorder } from '../kube/events.ts';
import { StatusWriter } from '../kube/status-writer.ts';
import { keyOf, type ObjectKey } from '../kube/types.ts';
import type { ClusterPools } from './cluster-pools.ts';
import { serverPools } from './resources.ts';
import { fieldManager, type Stores } from './stores.ts';

export interface ServerPoolDeps {
  readonly client: KubeClient;
  readonly stores: Stores;
  readonly pools: ClusterPools;
  readonly events: Pick<EventRecorder, 'publish'>;
  readonly clock: Clock;
}

/**
 * Nodes and pods change many times a second in a large cluster, and each change would have all pools discovered anew: they are
 * looked at this often instead, which is soon enough for a display.
 */
const LOOK_AGAIN_MS = 10_000;

export function serverPoolController(deps: ServerPoolDeps): ControllerOptions {
  const { capacity } = deps.stores;
  const all = (): ObjectKey[] => capacity.serverPools.store.list().map(keyOf);
  const writer = new StatusWriter({ client: deps.client, resource: serverPools, fieldManager });
  return {
    name: 'serverpool',
    sources: [
      source(capacity.serverPools.store, (pool) => [keyOf(pool)]),
      source(capacity.nodePools.store, all),
      source(capacity.nodeOverlays.store, all),
      source(capacity.resourceFlavors.store, all),
    ],
    describe: (key) => {
      const { uid, generation } = capacity.serverPools.store.get(key)?.metadata ?? {};
      return { uid, generation };
    },
    reconcile: (key, signal) => reconcile(key, { ...deps, writer, signal }),
  };
}

interface Run extends ServerPoolDeps {
  readonly writer: StatusWriter<ServerPool>;
  readonly signal: AbortSignal;
}

async function reconcile(key: ObjectKey, run: Run): Promise<Next> {
  const pool = run.stores.capacity.serverPools.store.get(key);
  if (pool === undefined || pool.metadata.deletionTimestamp !== undefined) return awaitChange;
  const { status, events } = decide(observe(pool, run.pools.discovery()), run.clock.now());
  const changed = await run.writer.write(pool, status, { onlyIfUnchanged: true, signal: run.signal });
  if (changed) for (const event of events) run.events.publish({ ...event, regarding: pool });
  return requeueAfter(LOOK_AGAIN_MS);
}
