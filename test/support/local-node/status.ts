import { type ContainerRecord, running, terminated, waiting } from './container-record.ts';
import type { ContainerStatus, Pod, PodCondition, PodStatus } from './types.ts';

/** Everything a pod's status follows from. */
export interface StatusInput {
  pod: Pod;
  records: readonly ContainerRecord[];
  /** The conditions last written: their times stay while their status does. */
  conditions: readonly PodCondition[];
  podIP: string;
  hostIP: string;
  startTime: string;
  now: string;
  /** Set once nothing will be started any more. */
  ending?: { reason?: string; message?: string } | undefined;
}

type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** The status to write for a pod. */
export function podStatus(input: StatusInput): PodStatus {
  const { pod, records, podIP, hostIP, startTime, ending } = input;
  const phase = phaseOf(input);
  const generation = pod.metadata?.generation;
  return {
    phase,
    conditions: conditionsOf(input, phase),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP,
    podIPs: [{ ip: podIP }],
    startTime,
    initContainerStatuses: records.filter(({ role }) => role !== 'main').map(containerStatus),
    containerStatuses: records.filter(({ role }) => role === 'main').map(containerStatus),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(ending && phase === 'Failed' ? ending : {}),
  };
}

function containerStatus(record: ContainerRecord): ContainerStatus {
  const { spec, role, state, last, restartCount, ready, started, imageId, containerId } = record;
  const completed = role === 'init' && terminated(record)?.exitCode === 0;
  return {
    name: spec.name,
    image: spec.image ?? '',
    imageID: imageId,
    state,
    lastState: last ? { terminated: last } : {},
    restartCount,
    ready: ready || completed,
    started,
    ...(containerId ? { containerID: containerId } : {}),
  };
}

function phaseOf({ pod, records, ending }: StatusInput): Phase {
  if (records.some((record) => running(record))) return initialized(records) ? 'Running' : 'Pending';
  if (ending) return ending.reason || !succeeded(records) ? 'Failed' : 'Succeeded';
  const initFailed = records.some((record) => record.role === 'init' && (terminated(record)?.exitCode ?? 0) !== 0);
  if (initFailed && pod.spec?.restartPolicy === 'Never') return 'Failed';
  const mains = records.filter(({ role }) => role === 'main');
  if (!initialized(records) || mains.some((record) => waiting(record) && !record.last)) return 'Pending';
  return finishedPhase(mains, pod.spec?.restartPolicy);
}

function finishedPhase(mains: readonly ContainerRecord[], policy: string | undefined): Phase {
  const allEnded = mains.every((record) => terminated(record));
  if (!allEnded || policy === 'Always' || policy === undefined) return 'Running';
  if (succeeded(mains)) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

/** Sidecars are stopped at the end, by a signal: their exit codes say nothing of the pod's success. */
function succeeded(records: readonly ContainerRecord[]): boolean {
  return records.every((record) => record.role === 'sidecar' || terminated(record)?.exitCode === 0);
}

function initialized(records: readonly ContainerRecord[]): boolean {
  return records.every((record) => {
    if (record.role === 'main') return true;
    return record.role === 'sidecar'
      ? record.started || terminated(record) !== undefined
      : terminated(record)?.exitCode === 0;
  });
}

interface Verdict {
  type: string;
  holds: boolean;
  reason?: string;
  message?: string;
}

function conditionsOf(input: StatusInput, phase: Phase): PodCondition[] {
  const names = (records: readonly ContainerRecord[]) => `[${records.map(({ spec }) => spec.name).join(' ')}]`;
  const { records } = input;
  const incomplete = records.filter((record) => record.role !== 'main' && !initialized([record]));
  const unready = records.filter((record) => record.role !== 'init' && !record.ready);
  const over = phase === 'Succeeded' || phase === 'Failed';
  const notReady: Omit<Verdict, 'type'> = over
    ? { holds: false, reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' }
    : {
        holds: unready.length === 0,
        reason: 'ContainersNotReady',
        message: `containers with unready status: ${names(unready)}`,
      };
  const gates = (input.pod.spec?.readinessGates ?? []).filter(
    ({ conditionType }) => !gateHolds(input.pod, conditionType),
  );
  const podReady: Omit<Verdict, 'type'> =
    notReady.holds && gates.length > 0
      ? {
          holds: false,
          reason: 'ReadinessGatesNotReady',
          message: `waiting for ${gates.map((gate) => gate.conditionType).join(', ')}`,
        }
      : notReady;
  const initMessage = `containers with incomplete status: ${names(incomplete)}`;
  const verdicts: Verdict[] = [
    { type: 'PodReadyToStartContainers', holds: !over },
    { type: 'Initialized', holds: incomplete.length === 0, reason: 'ContainersNotInitialized', message: initMessage },
    { type: 'Ready', ...podReady },
    { type: 'ContainersReady', ...notReady },
    { type: 'PodScheduled', holds: true },
  ];
  return verdicts.map((verdict) => conditionOf(verdict, input));
}

function gateHolds(pod: Pod, type: string): boolean {
  return pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

function conditionOf({ type, holds, reason, message }: Verdict, { conditions, now }: StatusInput): PodCondition {
  const status = holds ? 'True' : 'False';
  const previous = conditions.find((condition) => condition.type === type);
  const since = previous?.status === status ? previous.lastTransitionTime : undefined;
  const why = holds ? {} : { ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
  return { type, status, lastTransitionTime: since ?? now, ...why };
}
