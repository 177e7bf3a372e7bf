/** Which volumes a stage needs, read off the URIs of the job. */
import type { Volume, VolumeMount } from '../../api/core.ts';
import type { DistillationJobSpec } from '../../api/v1alpha1/distillation-job.gen.ts';

export interface StageVolumes {
  readonly volumes: readonly Volume[];
  readonly volumeMounts: readonly VolumeMount[];
  /** From the root of a URI, such as `pvc://models`, to the directory where the pod sees it. */
  readonly mounts: Readonly<Record<string, string>>;
}

export const workspacePath = '/workspace';

interface Source {
  readonly root: string;
  readonly scheme: 'pvc' | 'configmap';
  readonly name: string;
}

/**
 * Volumes for every claim and ConfigMap that the job's URIs name, and the workspace. One claim is mounted once, whoever
 * names it; only the output's claim is writable.
 */
export function stageVolumes(spec: DistillationJobSpec, workspaceClaim: string): StageVolumes {
  const writable = sourceOf(spec.output.uri)?.root;
  const volumes: Volume[] = [{ name: 'workspace', persistentVolumeClaim: { claimName: workspaceClaim } }];
  const volumeMounts: VolumeMount[] = [{ name: 'workspace', mountPath: workspacePath }];
  const mounts: Record<string, string> = {};
  for (const [index, source] of sourcesOf(spec).entries()) {
    const readOnly = source.root !== writable;
    const name = `source-${index}`;
    const mountPath = `/mnt/${source.scheme}/${source.name}`;
    volumes.push({ name, ...volumeSource(source) });
    volumeMounts.push(readOnly ? { name, mountPath, readOnly } : { name, mountPath });
    mounts[source.root] = mountPath;
  }
  return { volumes, volumeMounts, mounts };
}

/** The claim that a `pvc://` URI names; undefined for other schemes. */
export function claimOf(uri: string): string | undefined {
  const source = sourceOf(uri);
  return source?.scheme === 'pvc' ? source.name : undefined;
}

function sourcesOf(spec: DistillationJobSpec): Source[] {
  const uris = [
    spec.task.train.uri,
    spec.task.evaluation.uri,
    spec.task.knowledge?.uri,
    ...spec.teachers.map((teacher) => teacher.uri),
    ...spec.students.map((student) => student.uri),
    spec.output.uri,
  ];
  const byRoot = new Map<string, Source>();
  for (const uri of uris) {
    const source = sourceOf(uri);
    if (source !== undefined) byRoot.set(source.root, source);
  }
  return [...byRoot.values()].sort((a, b) => a.root.localeCompare(b.root));
}

function sourceOf(uri: string | undefined): Source | undefined {
  const match = /^(pvc|configmap):\/\/([^/]+)/.exec(uri ?? '');
  const [root, scheme, name] = match ?? [];
  if (root === undefined || name === undefined) return undefined;
  return { root, scheme: scheme === 'pvc' ? 'pvc' : 'configmap', name };
}

function volumeSource(source: Source): Omit<Volume, 'name'> {
  return source.scheme === 'pvc'
    ? { persistentVolumeClaim: { claimName: source.name } }
    : { configMap: { name: source.name } };
}
