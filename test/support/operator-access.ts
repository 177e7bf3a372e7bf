// The operator's own rights, as the chart grants them, in a real control plane.
import { randomBytes } from 'node:crypto';
import { installNamespace, type Manifest, namespaceManifest } from '../generate/manifests.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';

const accessKinds = new Set([
  'Namespace',
  'ServiceAccount',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
]);

/** Applies what the manifests say about access, and returns a token of the ServiceAccount among them. */
export async function grantAccess(controlPlane: ControlPlane, manifests: readonly Manifest[]): Promise<string> {
  const access = manifests.filter(({ kind }) => accessKinds.has(kind));
  const account = access.find(({ kind }) => kind === 'ServiceAccount');
  if (account === undefined) throw new Error('the manifests hold no ServiceAccount');
  await applyManifests(controlPlane, [namespaceManifest, ...access]);
  return (await controlPlane.kubectl(['create', 'token', account.metadata.name, '-n', installNamespace])).trim();
}

/** Server-side apply with unknown fields and warnings refused; `dryRun` runs all of admission and stores nothing. */
export async function applyManifests(
  controlPlane: Pick<ControlPlane, 'kubectl'>,
  manifests: readonly Manifest[],
  { dryRun = false } = {},
): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: manifests };
  const strict = ['--validate=strict', '--warnings-as-errors'];
  const options = ['--server-side', '--force-conflicts', ...strict, ...(dryRun ? ['--dry-run=server'] : [])];
  await controlPlane.kubectl(['apply', ...options, '-f', '-'], JSON.stringify(list));
}

/** An empty namespace that stays until the control plane ends. */
export async function makeNamespace(controlPlane: Pick<ControlPlane, 'kubectl'>): Promise<string> {
  const name = `chart-${randomBytes(4).toString('hex')}`;
  await controlPlane.kubectl(['create', 'namespace', name]);
  return name;
}
