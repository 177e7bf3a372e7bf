/** What a student's status says of its load: who scales it and why, what was measured, whether that is good enough, what it used. */
import type { ConditionInput } from '../../../api/condition-list.ts';
import type { AutoscalingStatus, StudentDeploymentStatus } from '../../../api/v1alpha1/student-deployment.gen.ts';
import type { EventDraft } from '../../distillation/decision.ts';
import { timestamp } from '../../time.ts';
import type { Observed } from '../observed.ts';
import { measuredStatus } from './measured.ts';
import { objectiveVerdict } from './objective.ts';
import type { ScalerReason } from './scaler.ts';
import { type Scaling, scalingOf } from './scaling.ts';
import { estimatesStatus } from '../serving-estimate.ts';
import { accrue, heldReplicas } from './usage.ts';

type Verdict = Pick<ConditionInput, 'type' | 'status' | 'reason' | 'message'>;

export interface LoadReport {
  readonly fields: Pick<StudentDeploymentStatus, 'autoscaling' | 'measured' | 'estimates' | 'usage'>;
  readonly conditions: readonly Verdict[];
  /** Types of conditions that no longer say anything. */
  readonly dropped: readonly string[];
  readonly events: readonly EventDraft[];
}

/** @param hourlyCost of one replica, where the student is placed now. */
export function reportLoad(
  observed: Observed,
  { now, hourlyCost }: { readonly now: number; readonly hourlyCost: string | undefined },
): LoadReport {
  const { student, load, pods } = observed;
  const before = student.status;
  const scaling = scalingOf(observed);
  const autoscaling = autoscalingOf(observed, scaling, now);
  const active = activeVerdict(observed, scaling);
  const was = before?.conditions?.find(({ type }) => type === 'SLOMet')?.status;
  const objective = objectiveVerdict(student.spec.serving, load?.measured, was);
  const { maxTimeToFirstTokenMilliseconds: first, maxInterTokenLatencyMilliseconds: inter } = student.spec.serving;
  return {
    fields: {
      ...optional('autoscaling', autoscaling),
      ...optional('measured', measuredStatus(before?.measured, load?.measured)),
      ...optional('estimates', estimatesStatus(before?.estimates, load?.estimates ?? [])),
      ...optional('usage', accrue(before?.usage, heldReplicas(pods), { now, hourlyCost })),
    },
    conditions: [active, objective].filter((verdict) => verdict !== undefined),
    dropped: [
      ...(active === undefined ? ['AutoscalerActive'] : []),
      ...(first === undefined && inter === undefined ? ['SLOMet'] : []),
    ],
    events: scaledEvents(before?.autoscaling, autoscaling, scaling),
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}

function autoscalingOf(observed: Observed, { by }: Scaling, now: number): AutoscalingStatus | undefined {
  if (by === 'BuiltIn') return builtInStatus(observed, now);
  if (by !== 'HPA' && by !== 'KEDA') return undefined;
  const status = observed.scalers.autoscalers[0]?.status;
  return {
    provider: by,
    ...optional('desiredReplicas', status?.desiredReplicas),
    ...optional('lastScaleTime', status?.lastScaleTime),
  };
}

/** The message belongs to the number: as long as that stands, so does what was said when it was chosen. */
function builtInStatus({ student, load }: Observed, now: number): AutoscalingStatus {
  const before = student.status?.autoscaling;
  const kept = before?.provider === 'BuiltIn' ? before : undefined;
  const verdict = load?.verdict;
  if (verdict === undefined) return kept ?? { provider: 'BuiltIn' };
  if (kept?.desiredReplicas === verdict.replicas) return kept;
  const { replicas: desiredReplicas, message } = verdict;
  return { provider: 'BuiltIn', desiredReplicas, lastScaleTime: timestamp(now), message };
}

function activeVerdict(observed: Observed, scaling: Scaling): Verdict | undefined {
  const type = 'AutoscalerActive';
  switch (scaling.by) {
    case 'Spec':
      return undefined;
    case 'BuiltIn': {
      const { verdict } = observed.load ?? {};
      if (verdict === undefined) return keptVerdict(observed) ?? { type, ...unseen };
      return { type, ...builtInWords[verdict.reason], ...numbers(observed, verdict) };
    }
    case 'HPA':
      return { type, ...theirWords(observed.scalers.autoscalers[0]?.status?.conditions, 'ScalingActive') };
    case 'KEDA':
      return { type, ...theirWords(observed.scalers.scaledObject?.status?.conditions, 'Ready') };
    case 'Foreign': {
      const { name } = observed.student.metadata;
      const message =
        `HorizontalPodAutoscaler ${scaling.name} scales Deployment ${name} too, so the replicas are left to it; ` +
        `delete it, or point it at StudentDeployment ${name} and remove spec.autoscaling`;
      return { type, status: 'False', reason: 'ForeignAutoscaler', message };
    }
    case 'Nobody':
      return { type, status: 'False', reason: 'ProviderUnavailable', message: scaling.message };
  }
}

const unseen = { status: 'Unknown', reason: 'NotSeen', message: 'the replicas have not been looked at yet' } as const;

/** After a restart the first look is seconds away: nothing is said to have changed. */
function keptVerdict({ student }: Observed): Verdict | undefined {
  const kept = student.status?.conditions?.find(({ type }) => type === 'AutoscalerActive');
  return kept === undefined || !Object.hasOwn(builtInWords, kept.reason) ? undefined : kept;
}

const active = { status: 'True' } as const;

/** Without numbers, which would be a write for each look. */
const builtInWords: Readonly<Record<ScalerReason, Pick<Verdict, 'status' | 'reason' | 'message'>>> = {
  Scaling: { ...active, reason: 'Scaling', message: 'the replicas follow their load' },
  AtMaximum: { ...active, reason: 'AtMaximum', message: 'the load asks for more than spec.autoscaling.maxReplicas' },
  NoRoom: { ...active, reason: 'NoRoom', message: 'the pool has no free GPU for more replicas' },
  Idle: { ...active, reason: 'Idle', message: 'no request has come for the stabilisation window' },
  MetricsMissing: { status: 'False', reason: 'MetricsMissing', message: 'the replicas do not show their load' },
  MetricsInvalid: { status: 'False', reason: 'MetricsInvalid', message: 'the replicas show a load that cannot be' },
};

/** What went wrong is told in the words of the look that found it first. */
function numbers(observed: Observed, { reason, message }: { reason: ScalerReason; message: string }) {
  if (reason === 'Scaling' || reason === 'Idle') return {};
  const kept = keptVerdict(observed);
  return { message: kept?.reason === reason ? kept.message : message };
}

function theirWords(
  conditions: readonly { type: string; status: string; reason?: string; message?: string }[] | undefined,
  type: string,
): Pick<Verdict, 'status' | 'reason' | 'message'> {
  const found = conditions?.find((condition) => condition.type === type);
  if (found === undefined) return { ...unseen, message: 'the autoscaler has not said anything yet' };
  if (found.status === 'True') return { ...active, reason: 'Scaling', message: 'the autoscaler has its metrics' };
  return { status: 'False', reason: 'MetricsMissing', message: found.message ?? `${type} is ${found.status}` };
}

function scaledEvents(
  before: AutoscalingStatus | undefined,
  after: AutoscalingStatus | undefined,
  { by }: Scaling,
): EventDraft[] {
  const [from, to] = [before?.desiredReplicas, after?.desiredReplicas];
  if (by !== 'BuiltIn' || from === undefined || to === undefined || from === to) return [];
  const reason = to > from ? 'ScaledUp' : 'ScaledDown';
  const note = `From ${from} to ${to} replica(s): ${after?.message ?? ''}`;
  return [{ type: 'Normal', reason, action: 'Scale', note }];
}
