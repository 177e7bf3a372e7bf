// Mocha's root hooks for the tiers that need a Kubernetes API: one control plane per run.
import { startShared, stopShared } from './control-plane/shared.ts';

export async function mochaGlobalSetup(): Promise<void> {
  await startShared();
}

export async function mochaGlobalTeardown(): Promise<void> {
  await stopShared();
}
