/** Builds the batch/v1 Job of a stage. Pure: the same input gives the same Job, byte for byte. */
import type { Container, EnvVar, Job, PodSpec, Volume, VolumeMount } from '../../api/core.ts';
import { childLabels, progressCaAnnotation } from '../../api/labels.ts';
import type { DistillationJobSpec } from '../../api/v1alpha1/distillation-job.gen.ts';
import { ownerReference } from '../../api/names.ts';
import { withGpuClaim } from '../claim-template.ts';
import type { PodCeiling } from '../pod-ceiling.ts';
import type { PoolChoice } from '../pool-choice.ts';
import { podPlacement, podResources } from '../pool-choice.ts';
import { restrictedContainer, restrictedPod } from '../pod-security.ts';
import { mergePodTemplate } from '../pod-template.ts';
import { optional } from './result-fields.ts';
import type { StageInput } from './stage-document.ts';
import { queueLabels } from './queue.ts';
import { stageDocument } from './stage-document.ts';
import { stageSecrets } from './stage-secrets.ts';
import { type StageName, stageWords } from './stage.ts';
import { stageVolumes } from './volumes.ts';

export interface StageJobInput extends Omit<StageInput, 'mounts' | 'secretFolders'> {
  /** Deterministic: a second create of the same stage is AlreadyExists. */
  readonly jobName: string;
  readonly workspaceClaim: string;
  readonly pool: PoolChoice;
  readonly ceiling: PodCeiling;
  readonly image: string;
  readonly progress: ProgressTarget | undefined;
  /** Undefined leaves the user to the platform. */
  readonly podUserId: number | undefined;
}

/** Where trainers report progress. */
export interface ProgressTarget {
  /** Base URL of the progress server. */
  readonly url: string;
  readonly caPem: string;
}

const terminationLog = '/dev/termination-log';
const progressPath = '/var/run/stratos/progress';
/** Long enough for a synchronous checkpoint; clouds that give less notice are covered by the periodic ones. */
export const graceSeconds = { Profile: 30, Pilot: 30, Synthesize: 30, Train: 120, Evaluate: 30, Publish: 60 } as const;

export function buildStageJob(input: StageJobInput): Job {
  const { job, stage, attempt } = input;
  const labels = childLabels({ job: job.metadata.name, stage: stageWords[stage].command, attempt });
  const shards = shardsOf(stage, job.spec);
  const annotations = input.progress === undefined ? {} : { [progressCaAnnotation]: input.progress.caPem };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: input.jobName,
      namespace: job.metadata.namespace ?? '',
      labels: { ...labels, ...queueLabels(job) },
      ownerReferences: [ownerReference(job)],
    },
    spec: {
      // Kueue's webhook would say so too; where it is missing, nothing may run before it is admitted.
      ...(job.spec.queueName === undefined ? {} : { suspend: true }),
      completions: shards,
      parallelism: shards,
      completionMode: 'Indexed',
      backoffLimit: job.spec.backoffLimit ?? 3,
      ...optional('activeDeadlineSeconds', input.pilot?.deadlineSeconds),
      podReplacementPolicy: 'Failed',
      podFailurePolicy: { rules: failureRules },
      template: withGpuClaim(
        mergePodTemplate({ metadata: { labels, annotations }, spec: podSpec(input) }, job.spec.podTemplate),
        job,
        input.pool,
      ),
    },
  };
}

/** How many pods a stage has at once. */
export function shardsOf(stage: StageName, { synthesis }: DistillationJobSpec): number {
  return stage === 'Synthesize' ? (synthesis?.shards ?? 1) : 1;
}

/** Evictions and stops after a checkpoint do not count as failures; bad input ends the stage at once (exit codes: docs/stage-contract.md). */
const failureRules = [
  { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
  { action: 'Ignore', onExitCodes: { containerName: 'trainer', operator: 'In', values: [143] } },
  { action: 'FailJob', onExitCodes: { containerName: 'trainer', operator: 'In', values: [2] } },
];

function podSpec(input: StageJobInput): PodSpec {
  const { job, stage, pool } = input;
  const { volumes, volumeMounts, mounts } = stageVolumes(job.spec, input.workspaceClaim);
  const secrets = stageSecrets(job.spec, stage, input.choice);
  const { document, tokens } = stageDocument({ ...input, mounts, secretFolders: secrets.folders });
  const progress = progressReporting(input);
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: graceSeconds[stage],
    securityContext: restrictedPod(input.podUserId),
    ...podPlacement(pool),
    ...(job.spec.priorityClassName === undefined ? {} : { priorityClassName: job.spec.priorityClassName }),
    containers: [
      trainerContainer({
        input,
        env: [
          { name: 'STRATOS_STAGE_CONFIG', value: literalJson(document) },
          { name: 'STRATOS_TERMINATION_LOG', value: terminationLog },
          { name: 'HOME', value: '/tmp' },
          ...tokens,
          ...progress.env,
        ],
        volumeMounts: [...volumeMounts, ...secrets.volumeMounts, ...progress.volumeMounts],
      }),
    ],
    volumes: [
      ...volumes,
      ...secrets.volumes,
      { name: 'tmp', emptyDir: {} },
      { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
      ...progress.volumes,
    ],
  };
}

/** JSON without a `$`: the kubelet would read `$(NAME)` as a reference to a variable, and `$$` as one dollar. */
function literalJson(document: unknown): string {
  return JSON.stringify(document).replaceAll('$', '\\u0024');
}

interface TrainerContainer {
  readonly input: StageJobInput;
  readonly env: EnvVar[];
  readonly volumeMounts: VolumeMount[];
}

function trainerContainer({ input, env, volumeMounts }: TrainerContainer): Container {
  return {
    name: 'trainer',
    image: input.image,
    args: [stageWords[input.stage].command],
    env,
    resources: podResources(input.pool, input.ceiling),
    volumeMounts: [...volumeMounts, { name: 'tmp', mountPath: '/tmp' }, { name: 'shm', mountPath: '/dev/shm' }],
    terminationMessagePath: terminationLog,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: restrictedContainer,
  };
}

interface Reporting {
  readonly env: EnvVar[];
  readonly volumes: Volume[];
  readonly volumeMounts: VolumeMount[];
}

/**
 * Kubeflow Trainer's status protocol: a token of an audience that is good for this job alone. The certificate authority travels
 * in an annotation, projected as a file, so that no ConfigMap has to be copied into every namespace.
 */
function progressReporting({ job, progress }: StageJobInput): Reporting {
  if (progress === undefined) return { env: [], volumes: [], volumeMounts: [] };
  const path = `distill.stratos.dev/v1alpha1/namespaces/${job.metadata.namespace}/distillationjobs/${job.metadata.name}/status`;
  const caField = { path: 'ca.crt', fieldRef: { fieldPath: `metadata.annotations['${progressCaAnnotation}']` } };
  return {
    env: [
      { name: 'KUBEFLOW_TRAINER_SERVER_URL', value: `${progress.url}/apis/${path}` },
      { name: 'KUBEFLOW_TRAINER_SERVER_CA_CERT', value: `${progressPath}/ca.crt` },
      { name: 'KUBEFLOW_TRAINER_SERVER_TOKEN', value: `${progressPath}/token` },
    ],
    volumes: [
      {
        name: 'progress',
        projected: {
          sources: [
            { serviceAccountToken: { path: 'token', audience: path, expirationSeconds: 3600 } },
            { downwardAPI: { items: [caField] } },
          ],
        },
      },
    ],
    volumeMounts: [{ name: 'progress', mountPath: progressPath, readOnly: true }],
  };
}
