/** Applies a user's pod template overrides: additions and replacements of safe fields, never of what makes the pod work. */
import type { EnvVar, PodTemplate, ResourceAmounts } from '../api/core.ts';
import type { PodTemplate as Overrides } from '../api/v1alpha1/student-deployment.gen.ts';

/** Our labels, annotations and variables win over the user's: selectors and the stage contract stand on them. */
export function mergePodTemplate(template: PodTemplate, overrides: Overrides | undefined): PodTemplate {
  if (overrides === undefined) return template;
  const { spec } = template;
  const [container, ...others] = spec.containers;
  if (container === undefined) return template;
  return {
    metadata: {
      labels: { ...overrides.labels, ...template.metadata.labels },
      annotations: { ...overrides.annotations, ...template.metadata.annotations },
    },
    spec: {
      ...spec,
      nodeSelector: { ...overrides.nodeSelector, ...spec.nodeSelector },
      tolerations: [...(spec.tolerations ?? []), ...(overrides.tolerations ?? [])],
      ...pick(overrides, ['serviceAccountName', 'priorityClassName', 'runtimeClassName', 'schedulerName']),
      ...(overrides.imagePullSecrets === undefined ? {} : { imagePullSecrets: [...overrides.imagePullSecrets] }),
      containers: [
        {
          ...container,
          env: mergeEnv(container.env ?? [], overrides.env?.map(toEnvVar) ?? []),
          resources: mergeResources(container.resources, overrides.resources),
        },
        ...others,
      ],
    },
  };
}

/** Names stay unique: server-side apply refuses a list with two entries of one key. */
function mergeEnv(ours: readonly EnvVar[], theirs: readonly EnvVar[]): EnvVar[] {
  const taken = new Set(ours.map((variable) => variable.name));
  return [...ours, ...theirs.filter((variable) => !taken.has(variable.name))];
}

/** A variable as a pod spells it; absent parts stay absent. */
export function toEnvVar({ name, value, valueFrom }: NonNullable<Overrides['env']>[number]): EnvVar {
  return {
    name,
    ...(value === undefined ? {} : { value }),
    ...(valueFrom === undefined ? {} : { valueFrom: structuredClone(valueFrom) as NonNullable<EnvVar['valueFrom']> }),
  };
}

function mergeResources(ours: ResourceAmounts | undefined, theirs: Overrides['resources']): ResourceAmounts {
  return {
    requests: { ...ours?.requests, ...asText(theirs?.requests) },
    limits: { ...ours?.limits, ...asText(theirs?.limits) },
  };
}

function asText(amounts: Readonly<Record<string, number | string>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts ?? {}).map(([name, amount]) => [name, String(amount)]));
}

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Partial<Pick<T, K>> {
  return Object.fromEntries(keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]]))) as Partial<
    Pick<T, K>
  >;
}
