// Mocha's root hooks for the tiers that need a Kubernetes API: one control plane per run.
import { endOnSignals } from './end-on-signals.ts';
import { startShared, stopShared } from './control-plane/shared.ts';

export async function mochaGlobalSetup(): Promise<void> {
  endOnSignals();
  await startShared();
}

export async function mochaGlobalTeardown(): Promise<void> {
  await stopShared();
}
