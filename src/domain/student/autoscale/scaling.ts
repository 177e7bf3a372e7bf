/** Who writes the number of replicas. One at a time: what each provider makes is removed before another has the number. */
import { wakeAnnotation } from '../../../api/labels.ts';
import type { HorizontalPodAutoscaler } from '../../../api/core.ts';
import type { StudentDeployment } from '../../../api/v1alpha1/student-deployment.gen.ts';
import type { Observed, Scalers } from '../observed.ts';
import { isOwn } from '../ownership.ts';

export type Scaling =
  /** `spec.replicas`, which people and the scale subresource write. */
  | { readonly by: 'Spec' }
  | { readonly by: 'BuiltIn' }
  | { readonly by: 'HPA' }
  | { readonly by: 'KEDA' }
  /** An autoscaler that somebody else made for our Deployment. */
  | { readonly by: 'Foreign'; readonly name: string }
  /** What the spec names cannot be had; the number stays as it is. */
  | { readonly by: 'Nobody'; readonly message: string };

type View = Pick<Observed, 'student' | 'scalers'>;

export function scalingOf({ student, scalers }: View): Scaling {
  const foreign = scalers.autoscalers.find((autoscaler) => !isOurs(autoscaler, student, scalers));
  if (foreign !== undefined) return { by: 'Foreign', name: foreign.metadata.name };
  const { autoscaling } = student.spec;
  if (autoscaling === undefined) return { by: 'Spec' };
  if (autoscaling.provider === 'KEDA') return kedaOrWhy(scalers);
  if (autoscaling.provider !== 'Auto') return { by: autoscaling.provider };
  // The built-in one violates fewer minutes for fewer GPU-hours (ADR 0018); only waking from zero is beyond it.
  const fromZero = autoscaling.idleReplicas === 0 && kedaOrWhy(scalers).by === 'KEDA';
  return { by: fromZero ? 'KEDA' : 'BuiltIn' };
}

function kedaOrWhy({ keda, prometheusUrl }: Scalers): Scaling {
  if (!keda) return { by: 'Nobody', message: 'KEDA is not installed; install it, or set spec.autoscaling.provider' };
  if (prometheusUrl !== '') return { by: 'KEDA' };
  const message = "KEDA reads Prometheus, and the operator's --prometheus-url is not set; set it, or another provider";
  return { by: 'Nobody', message };
}

/** Ours, or the one that KEDA makes for a ScaledObject of ours. */
function isOurs(autoscaler: HorizontalPodAutoscaler, student: StudentDeployment, { scaledObject }: Scalers): boolean {
  if (isOwn(autoscaler, student)) return true;
  const owners = autoscaler.metadata.ownerReferences ?? [];
  if (scaledObject !== undefined) return owners.some(({ uid }) => uid === scaledObject.metadata.uid);
  // KEDA's own outlives its ScaledObject in a cache that is behind.
  return owners.some(({ kind, name }) => kind === 'ScaledObject' && name === student.metadata.name);
}

/** Whether somebody has annotated the student since it was last scaled. */
export function isWoken({ metadata, status }: StudentDeployment): boolean {
  const woken = Date.parse(metadata.annotations?.[wakeAnnotation] ?? '');
  return woken > Date.parse(status?.autoscaling?.lastScaleTime ?? '1970-01-01T00:00:00Z');
}
