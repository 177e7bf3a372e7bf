/** The smallest objects that the API accepts, as a user writes them. */

export type Fields = Readonly<Record<string, unknown>>;

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: Fields;
}

export const minimalJob: Manifest = {
  apiVersion: 'distill.stratos.dev/v1alpha1',
  kind: 'DistillationJob',
  metadata: { name: 'tiles' },
  spec: {
    task: {
      train: { uri: 'builtin://tasks/winning-tiles/train.jsonl' },
      evaluation: { uri: 'builtin://tasks/winning-tiles/test.jsonl' },
    },
    teachers: [{ name: 'tiny', uri: 'builtin://models/tiny-teacher' }],
    students: [{ name: 'small', uri: 'builtin://models/winning-tiles-student' }],
    output: { uri: 'pvc://students/tiles' },
  },
};

export const minimalStudentDeployment: Manifest = {
  apiVersion: 'distill.stratos.dev/v1alpha1',
  kind: 'StudentDeployment',
  metadata: { name: 'tiles' },
  spec: { model: { distillationJobRef: { name: 'tiles' } } },
};

export const minimalServerPool: Manifest = {
  apiVersion: 'distill.stratos.dev/v1alpha1',
  kind: 'ServerPool',
  metadata: { name: 'h100' },
  spec: { nodeSelector: { rack: 'h100' } },
};

/** A copy of `object` with the fields at these paths (`spec.teachers[0].uri`) set, or taken away where undefined. */
export function withFields<T extends object>(object: T, fields: Fields): T {
  const copy = structuredClone(object);
  for (const [path, value] of Object.entries(fields)) setField(copy, path, value);
  return copy;
}

function setField(object: object, path: string, value: unknown): void {
  const keys = path.split(/[.[\]]+/).filter((key) => key !== '');
  const last = keys.pop() ?? '';
  let parent = object;
  for (const key of keys) {
    if (!Reflect.has(parent, key)) Reflect.set(parent, key, {});
    parent = Reflect.get(parent, key);
  }
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else Reflect.set(parent, last, value);
}
