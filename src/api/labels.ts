/** Labels and annotations that the operator writes or reads. Users may select on all of them. */

const domain = 'distill.stratos.dev';

/** The DistillationJob that an object belongs to. */
export const jobLabel = `${domain}/job`;
/** The stage of the job that a Job or a pod runs. */
export const stageLabel = `${domain}/stage`;
/** The attempt that a Job or a pod belongs to, counted from 1. */
export const attemptLabel = `${domain}/attempt`;
/** The StudentDeployment that an object belongs to. */
export const studentDeploymentLabel = `${domain}/student-deployment`;
/** The revision of a StudentDeployment that a pod serves. */
export const revisionLabel = `${domain}/revision`;
/** Which of a StudentDeployment's Deployments a pod belongs to: `stable`, and `canary` while a revision is on trial. */
export const trackLabel = `${domain}/track`;
/** Put on a simulated node: what is measured on it never calibrates an estimate. */
export const simulatedLabel = `${domain}/simulated`;

/** Keeps a deleted job until what it used is in the ledgers of its namespace's quotas. */
export const bookkeepingFinalizer = `${domain}/bookkeeping`;
/** A time at which somebody saw requests wait for a student without replicas: it wakes one that is scaled to zero. */
export const wakeAnnotation = `${domain}/wake`;

/** CA of the progress server, on the pod itself so that a pod needs no ConfigMap for it. */
export const progressCaAnnotation = `${domain}/progress-ca`;

/** On a pod that has its GPUs by a resource claim: what it claims, as JSON. A pod's own fields name only the template of the claim. */
export const gpuClaimAnnotation = `${domain}/gpu-claim`;

/** Kueue's: the LocalQueue that a Job waits in. Never on a DistillationJob, which Kueue would take for the one that waits. */
export const queueLabel = 'kueue.x-k8s.io/queue-name';
/** Kueue's labels of a DistillationJob that its Jobs get too. */
export const kueueLabels = ['kueue.x-k8s.io/priority-class', 'kueue.x-k8s.io/max-exec-time-seconds'] as const;

export const managedByLabel = 'app.kubernetes.io/managed-by';
const partOfLabel = 'app.kubernetes.io/part-of';
const nameLabel = 'app.kubernetes.io/name';
const componentLabel = 'app.kubernetes.io/component';

/** Selects every object that the operator made, whatever it belongs to. */
export const managedByValue = 'stratos';

// `app.kubernetes.io/instance` is left out on purpose: Argo CD tracks its applications by it.
const common = { [managedByLabel]: managedByValue, [partOfLabel]: managedByValue };

/** What a child of a DistillationJob is part of; a workspace belongs to no stage. */
export interface JobChild {
  readonly job: string;
  readonly stage?: string;
  readonly attempt?: number;
}

/** Labels of a child of a DistillationJob. */
export function childLabels({ job, stage, attempt }: JobChild): Record<string, string> {
  return {
    ...common,
    [nameLabel]: 'distillation',
    [jobLabel]: job,
    ...(stage === undefined ? {} : { [componentLabel]: stage, [stageLabel]: stage }),
    ...(attempt === undefined ? {} : { [attemptLabel]: String(attempt) }),
  };
}

/** Labels of a child of a StudentDeployment; a Service has no revision. */
export function studentLabels(studentDeployment: string, revision?: string): Record<string, string> {
  return {
    ...common,
    [nameLabel]: 'student',
    [componentLabel]: 'server',
    [studentDeploymentLabel]: studentDeployment,
    ...(revision === undefined ? {} : { [revisionLabel]: revision }),
  };
}

/** The selector of a student's pods in its string form, as the scale subresource shows it. */
export function studentSelector(studentDeployment: string): string {
  return `${studentDeploymentLabel}=${studentDeployment}`;
}
