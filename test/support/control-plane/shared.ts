// The one control plane of a mocha run; started and stopped by test/support/hooks.ts.
import { installCrds } from './crds.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';

interface Shared {
  readonly controlPlane: ControlPlane;
  readonly startMs: number;
}

let shared: Shared | undefined;

/** The control plane all tests of this run share, with kwok, an audit log and the operator's CRDs. */
export function sharedControlPlane(): ControlPlane {
  return running().controlPlane;
}

/** How long it took to start. */
export function sharedStartMs(): number {
  return running().startMs;
}

export async function startShared(): Promise<void> {
  const started = performance.now();
  const controlPlane = await startControlPlane({ kwok: true, audit: true, beforeControllers: installCrds });
  shared = { controlPlane, startMs: Math.round(performance.now() - started) };
}

export async function stopShared(): Promise<void> {
  await shared?.controlPlane.stop();
  shared = undefined;
}

function running(): Shared {
  if (shared === undefined)
    throw new Error('no control plane runs: mocha needs "require": ["test/support/hooks.ts"], and no --parallel');
  return shared;
}
