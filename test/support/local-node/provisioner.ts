import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText } from './error-text.ts';
import { type ApiClient, isStatus } from './api-client.ts';
import type { Log, PersistentVolume, PersistentVolumeClaim } from './types.ts';
import { Watcher } from './watch.ts';

export const storageClassName = 'stratos-local';
const provisionerName = 'stratos.dev/local-node';
const provisionedBy = 'pv.kubernetes.io/provisioned-by';

interface ProvisionerOptions {
  api: ApiClient;
  dataDir: string;
  signal: AbortSignal;
  log: Log;
}

/** Makes `stratos-local` the default storage class and gives each of its claims a directory of this machine. */
export async function startProvisioner({ api, dataDir, signal, log }: ProvisionerOptions): Promise<void> {
  await createStorageClass(api);
  const attempt = (what: string, work: Promise<void>) =>
    void work.catch((error: unknown) => log(`${what}: ${errorText(error)}`));
  const common = { api, signal, log };
  await Watcher.start<PersistentVolumeClaim>({
    ...common,
    path: '/api/v1/persistentvolumeclaims',
    onChange: (claim) => {
      if (waitsForUs(claim)) attempt(`provisioning for claim ${claim.metadata?.name}`, provision(claim, api, dataDir));
    },
  });
  await Watcher.start<PersistentVolume>({
    ...common,
    path: '/api/v1/persistentvolumes',
    onChange: (volume) => {
      if (isOursToReclaim(volume, dataDir)) attempt(`reclaiming volume ${volume.metadata?.name}`, reclaim(volume, api));
    },
  });
}

async function createStorageClass(api: ApiClient): Promise<void> {
  const storageClass = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: storageClassName, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: provisionerName,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
  };
  await api.create('/apis/storage.k8s.io/v1/storageclasses', storageClass).catch((error: unknown) => {
    if (!isStatus(error, 409)) throw error;
  });
}

function waitsForUs({ metadata, spec, status }: PersistentVolumeClaim): boolean {
  const provisioner = metadata?.annotations?.['volume.kubernetes.io/storage-provisioner'];
  return (
    provisioner === provisionerName && !spec?.volumeName && status?.phase === 'Pending' && !metadata?.deletionTimestamp
  );
}

async function provision({ metadata, spec }: PersistentVolumeClaim, api: ApiClient, dataDir: string): Promise<void> {
  const { namespace, name, uid } = metadata ?? {};
  const volumeName = `pvc-${uid}`;
  const path = directoryOf(volumeName, dataDir);
  await mkdir(path, { recursive: true });
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: volumeName, annotations: { [provisionedBy]: provisionerName } },
    spec: {
      capacity: { storage: spec?.resources?.requests?.['storage'] },
      accessModes: spec?.accessModes,
      volumeMode: spec?.volumeMode,
      storageClassName: spec?.storageClassName,
      persistentVolumeReclaimPolicy: 'Delete',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      hostPath: { path, type: 'DirectoryOrCreate' },
    },
  };
  await api.create('/api/v1/persistentvolumes', volume).catch((error: unknown) => {
    if (!isStatus(error, 409)) throw error; // an earlier change of the same claim was faster
  });
}

function directoryOf(volumeName: string, dataDir: string): string {
  return join(dataDir, 'persistent-volumes', volumeName);
}

/** Only a directory that this local node made is ever removed, whatever the volume says. */
function isOursToReclaim({ metadata, spec, status }: PersistentVolume, dataDir: string): boolean {
  const released = status?.phase === 'Released' && spec?.persistentVolumeReclaimPolicy === 'Delete';
  const ours = metadata?.annotations?.[provisionedBy] === provisionerName;
  return ours && released && spec.hostPath?.path === directoryOf(metadata.name ?? '', dataDir);
}

async function reclaim({ metadata, spec }: PersistentVolume, api: ApiClient): Promise<void> {
  if (spec?.hostPath) await rm(spec.hostPath.path, { recursive: true, force: true });
  await api.delete(`/api/v1/persistentvolumes/${metadata?.name}`, { preconditions: { uid: metadata?.uid } });
}
