// What a team applies: valid objects with few words; a test states only what it is about.
import type { DistillationJobSpec } from '../../src/api/v1alpha1/distillation-job.gen.ts';
import type { DistillationQuotaSpec } from '../../src/api/v1alpha1/distillation-quota.gen.ts';
import type { StudentDeploymentSpec } from '../../src/api/v1alpha1/student-deployment.gen.ts';
import { type Script, scriptEnv } from './stage-image/behaviour.ts';

type Loose<T> = { readonly [K in keyof T]?: T[K] extends object | undefined ? Loose<NonNullable<T[K]>> : T[K] };

const apiVersion = 'distill.stratos.dev/v1alpha1';

export interface JobChange extends Loose<DistillationJobSpec> {
  /** How the stand-in for the trainer behaves. */
  readonly script?: Script;
}

export function aDistillationJob(name: string, { script, ...change }: JobChange = {}): object {
  return {
    apiVersion,
    kind: 'DistillationJob',
    metadata: { name },
    spec: {
      task: {
        train: { uri: 'builtin://tasks/winning-tiles/train.jsonl' },
        evaluation: { uri: 'builtin://tasks/winning-tiles/test.jsonl' },
        metric: { type: 'ExactMatch' },
      },
      teachers: [{ name: 'large', uri: 'builtin://models/tiny-teacher' }],
      students: [{ name: 'small', uri: 'builtin://models/winning-tiles-student' }],
      output: { uri: `pvc://students/${name}` },
      ...(script === undefined ? {} : { podTemplate: { env: [scriptEnv(script)] } }),
      ...change,
    },
  };
}

export function aStudentDeployment(name: string, change: Loose<StudentDeploymentSpec>): object {
  return { apiVersion, kind: 'StudentDeployment', metadata: { name }, spec: change };
}

export function aDistillationQuota(name: string, spec: Loose<DistillationQuotaSpec>): object {
  return { apiVersion, kind: 'DistillationQuota', metadata: { name }, spec };
}

/** The volume that students are published on, and served from. */
export function aClaim(name = 'students'): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Gi' } } },
  };
}
