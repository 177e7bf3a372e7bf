/** The ResourceClaimTemplate behind the GPUs of a pod, where a DRA driver offers them. */
import type { ObjectMeta, PodTemplate, ResourceClaimTemplate } from '../api/core.ts';
import { gpuClaimAnnotation } from '../api/labels.ts';
import { gpuClaimTemplateName, ownerReference } from '../api/names.ts';
import { type GpuClaim, gpuClaimOf, gpuClaimText } from './planning/gpu-claim.ts';
import type { PoolChoice } from './pool-choice.ts';

/** Of the claim in the pod, of the request in the claim, and of what the container uses. */
const claimName = 'gpu';

interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** The template, with the claim of the pool's GPUs for its first container; as it was on a pool of extended resources. */
export function withGpuClaim(template: PodTemplate, owner: Owner, choice: PoolChoice): PodTemplate {
  const { gpu } = choice.pool;
  const [container, ...others] = template.spec.containers;
  if (gpu?.claim === undefined || choice.gpus === 0 || container === undefined) return template;
  const text = gpuClaimText({ ...gpu.claim, count: choice.gpus });
  const { metadata, spec } = template;
  return {
    metadata: { ...metadata, annotations: { ...metadata.annotations, [gpuClaimAnnotation]: text } },
    spec: {
      ...spec,
      resourceClaims: [{ name: claimName, resourceClaimTemplateName: gpuClaimTemplateName(owner, text) }],
      containers: [{ ...container, resources: { ...container.resources, claims: [{ name: claimName }] } }, ...others],
    },
  };
}

/** What pods of the template need and is not in `present` (names); undefined where nothing is missing. */
export function missingClaimTemplate(
  template: PodTemplate,
  { owner, labels, present }: { owner: Owner; labels: Record<string, string>; present: ReadonlySet<string> },
): ResourceClaimTemplate | undefined {
  const claim = gpuClaimOf(template);
  const name = template.spec.resourceClaims?.find((entry) => entry.name === claimName)?.resourceClaimTemplateName;
  if (claim === null || name === undefined || present.has(name)) return undefined;
  const { namespace = '' } = owner.metadata;
  return {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaimTemplate',
    metadata: { name, namespace, labels, ownerReferences: [ownerReference(owner)] },
    spec: { spec: { devices: { requests: [requestOf(claim)] } } },
  };
}

type Request = ResourceClaimTemplate['spec']['spec']['devices']['requests'][number];

function requestOf({ deviceClassName, count, selector }: GpuClaim): Request {
  const selectors = selector === undefined ? {} : { selectors: [{ cel: { expression: selector } }] };
  return { name: claimName, exactly: { deviceClassName, allocationMode: 'ExactCount', count, ...selectors } };
}
