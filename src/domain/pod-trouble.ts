/** Says what keeps a pod from doing its work, in Kubernetes' own words. */
import type { ContainerStatus, Pod } from '../api/core.ts';
import { compareText } from './text.ts';

export interface PodTrouble {
  /** CamelCase, as the kubelet or the scheduler wrote it where they did. */
  readonly reason: string;
  /** The original message, with pod and container named. */
  readonly message: string;
  readonly podName: string;
  readonly exitCode?: number;
}

/** Waiting reasons of a healthy start: they end by themselves. */
const startingReasons: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/** The first thing wrong with any of the pods, pods in name order; undefined when all start or run. */
export function findTrouble(pods: readonly Pod[]): PodTrouble | undefined {
  for (const pod of pods.toSorted((a, b) => compareText(a.metadata.name, b.metadata.name))) {
    const trouble = unschedulable(pod) ?? waiting(pod);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

/** The first of the pods' containers that has ended and is started anew, whatever it does at this moment; undefined when none has. */
export function findRestart(pods: readonly Pod[]): PodTrouble | undefined {
  for (const pod of pods.toSorted((a, b) => compareText(a.metadata.name, b.metadata.name))) {
    for (const { name, ready, state, lastState } of containerStatuses(pod)) {
      const ended = state?.terminated ?? lastState?.terminated;
      if (ready || ended === undefined || ended.exitCode === 0) continue;
      return {
        reason: ended.reason ?? 'Error',
        message: `pod ${pod.metadata.name}, container ${name}: ${lastEnding(ended)}`,
        podName: pod.metadata.name,
        exitCode: ended.exitCode,
      };
    }
  }
  return undefined;
}

/** Why the newest failed pod failed; undefined when none did. */
export function findFailure(pods: readonly Pod[]): PodTrouble | undefined {
  const [newest] = newestFailures(pods);
  return newest === undefined ? undefined : describeFailure(newest);
}

/** Pods that failed, the one that ended last first; of those that ended together, by name. */
export function newestFailures(pods: readonly Pod[]): Pod[] {
  const failed = pods.filter((pod) => pod.status?.phase === 'Failed');
  return failed.sort(
    (a, b) => compareText(finishTime(b), finishTime(a)) || compareText(a.metadata.name, b.metadata.name),
  );
}

/** The termination message of a pod's first container that ended. */
export function terminationMessage(pod: Pod): string | undefined {
  return endedContainer(pod)?.state?.terminated?.message;
}

function unschedulable(pod: Pod): PodTrouble | undefined {
  const condition = pod.status?.conditions?.find((c) => c.type === 'PodScheduled' && c.status === 'False');
  if (condition === undefined || pod.metadata.deletionTimestamp !== undefined) return undefined;
  return {
    reason: condition.reason ?? 'Unschedulable',
    message: `pod ${pod.metadata.name} is not scheduled: ${condition.message ?? 'no message'}`,
    podName: pod.metadata.name,
  };
}

function waiting(pod: Pod): PodTrouble | undefined {
  const stuck = containerStatuses(pod).find(isStuck);
  const state = stuck?.state?.waiting;
  if (stuck === undefined || state?.reason === undefined) return undefined;
  const before = stuck.lastState?.terminated;
  const history = before === undefined ? '' : `; ${lastEnding(before)}`;
  return {
    // That it is tried again later says less than what it died of.
    reason: before?.reason === outOfMemory ? outOfMemory : state.reason,
    message: `pod ${pod.metadata.name}, container ${stuck.name}: ${state.message ?? state.reason}${history}`,
    podName: pod.metadata.name,
    ...(before === undefined ? {} : { exitCode: before.exitCode }),
  };
}

/** The kernel's word for memory: with a log, its last line alone would not say it. */
const outOfMemory = 'OOMKilled';

function lastEnding({ exitCode, reason, message }: Terminated): string {
  const line = lastLine(message);
  const code = reason === outOfMemory && line !== undefined ? `${exitCode} (${outOfMemory})` : exitCode;
  return `last exit code ${code}: ${line ?? reason ?? ''}`;
}

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

function isStuck(status: ContainerStatus): boolean {
  const reason = status.state?.waiting?.reason;
  return reason !== undefined && !startingReasons.has(reason);
}

function describeFailure(pod: Pod): PodTrouble {
  const ended = endedContainer(pod);
  const state = ended?.state?.terminated;
  const reason = pod.status?.reason ?? state?.reason ?? 'Failed';
  const detail = pod.status?.message ?? lastLine(state?.message) ?? 'no message';
  return {
    reason,
    message: `pod ${pod.metadata.name}${ended === undefined ? '' : `, container ${ended.name}, exit code ${state?.exitCode}`}: ${detail}`,
    podName: pod.metadata.name,
    ...(state === undefined ? {} : { exitCode: state.exitCode }),
  };
}

/** A message that fell back to the log ends with what matters: the error after its stack. */
function lastLine(text: string | undefined): string | undefined {
  return text?.split('\n').findLast((line) => line.trim() !== '');
}

function endedContainer(pod: Pod): ContainerStatus | undefined {
  return containerStatuses(pod).find((status) => status.state?.terminated !== undefined);
}

function containerStatuses(pod: Pod): readonly ContainerStatus[] {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
}

function finishTime(pod: Pod): string {
  return endedContainer(pod)?.state?.terminated?.finishedAt ?? '';
}
