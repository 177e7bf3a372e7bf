import type { Container, ContainerStatus, Pod, PodSpec, Running, Terminated, Waiting } from './types.ts';

/** `sidecar` is an init container that keeps running beside the others. */
export type Role = 'init' | 'sidecar' | 'main';

type ContainerState = { waiting: Waiting } | { running: Running } | { terminated: Terminated };

/** What the local node knows of one container: changed by its supervisor, read to write the pod's status. */
export interface ContainerRecord {
  readonly spec: Container;
  readonly role: Role;
  state: ContainerState;
  last: Terminated | undefined;
  restartCount: number;
  ready: boolean;
  started: boolean;
  imageId: string;
  containerId: string;
}

type RestartPolicy = PodSpec['restartPolicy'];

/** Whether a container that ended with this code is started again. */
export function restarts(role: Role, policy: RestartPolicy, exitCode: number): boolean {
  if (role === 'sidecar') return true;
  if (policy === 'Never') return false;
  return exitCode !== 0 || (role === 'main' && policy !== 'OnFailure');
}

export function terminated(record: ContainerRecord): Terminated | undefined {
  return 'terminated' in record.state ? record.state.terminated : undefined;
}

export function running(record: ContainerRecord): Running | undefined {
  return 'running' in record.state ? record.state.running : undefined;
}

export function waiting(record: ContainerRecord): Waiting | undefined {
  return 'waiting' in record.state ? record.state.waiting : undefined;
}

/** The records of a pod, init containers first, taken up from its status where an earlier local node had begun it. */
export function recordsOf(pod: Pod, now: string): ContainerRecord[] {
  const { initContainers = [], containers = [] } = pod.spec ?? {};
  const status = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const record = (spec: Container, role: Role) =>
    recordOf(
      spec,
      role,
      status.find(({ name }) => name === spec.name),
      now,
    );
  const firstReason = initContainers.length > 0 ? 'PodInitializing' : 'ContainerCreating';
  const records = [
    ...initContainers.map((spec) => record(spec, spec.restartPolicy === 'Always' ? 'sidecar' : 'init')),
    ...containers.map((spec) => record(spec, 'main')),
  ];
  for (const { state } of records) if ('waiting' in state) state.waiting.reason = firstReason;
  return records;
}

function recordOf(spec: Container, role: Role, status: ContainerStatus | undefined, now: string): ContainerRecord {
  return {
    spec,
    role,
    state: stateOf(status, now),
    last: status?.lastState?.terminated,
    restartCount: status?.restartCount ?? 0,
    ready: false,
    started: false,
    imageId: status?.imageID ?? '',
    containerId: status?.containerID ?? '',
  };
}

function stateOf(status: ContainerStatus | undefined, now: string): ContainerState {
  const { running: was, terminated: ended } = status?.state ?? {};
  if (ended) return { terminated: ended };
  if (!was) return { waiting: {} };
  const message = 'The local node was restarted and the process is gone.';
  const startedAt = was.startedAt === undefined ? {} : { startedAt: was.startedAt };
  return { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', message, finishedAt: now, ...startedAt } };
}
