// Installing the operator's CRDs.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane } from './control-plane.ts';

const folder = join(import.meta.dirname, '../../../crds');

/** Applies crds/*.yaml and returns once the apiserver serves them. */
export async function installCrds(controlPlane: Pick<ControlPlane, 'kubectl'>): Promise<void> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
  if (files.length === 0) throw new Error(`no CRDs in ${folder}`);
  const inputs = files.flatMap((name) => ['-f', join(folder, name)]);
  await controlPlane.kubectl(['apply', '--server-side', '--force-conflicts', ...inputs]);
  await controlPlane.kubectl(['wait', '--for=condition=Established', '--timeout=30s', ...inputs]);
}
