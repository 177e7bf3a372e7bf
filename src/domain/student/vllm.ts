/** How vLLM is started for a model (vLLM's `serve` command; docs: "OpenAI-Compatible Server"). */
import type { Container, EnvVar, Probe, Volume, VolumeMount } from '../../api/core.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import { claimOf } from '../distillation/volumes.ts';
import { restrictedContainer } from '../pod-security.ts';
import { toEnvVar } from '../pod-template.ts';
import { type ServableModel, servedModelName } from './model.ts';
import type { PlacedModel } from './placement.ts';
import type { PodShape } from './pod-shape.ts';

export interface ServerInput {
  readonly student: StudentDeployment;
  readonly model: ServableModel;
  readonly placed: PlacedModel;
  readonly shape: PodShape;
  readonly image: string;
  /** Undefined leaves the user to the platform. */
  readonly podUserId: number | undefined;
}

/** How long a server that is to stop still accepts: until every proxy knows that it has left the Service. */
const leaveSeconds = 5;
/** How long it then goes on with the requests it has; without being told, vLLM drops them at once. */
const drainSeconds = 50;
/** Both, and the time to end. */
export const stopSeconds = leaveSeconds + drainSeconds + 5;

const modelMount = '/mnt/model';
const dtypes = { Auto: 'auto', Float32: 'float32', Float16: 'float16', BFloat16: 'bfloat16' } as const;
const quantizations = { None: undefined, FP8: 'fp8', INT8: 'bitsandbytes', INT4: 'awq' } as const;

export function serverContainer(input: ServerInput): Container {
  const { student, model, shape } = input;
  const { runtime } = student.spec;
  const source = modelSource(student, model);
  return {
    name: 'server',
    image: runtime.image ?? input.image,
    args: [...serveArguments(input, source.path), ...(runtime.args ?? [])],
    env: environment((runtime.env ?? []).map(toEnvVar)),
    ports: [{ name: 'http', containerPort: runtime.port }],
    resources: shape.resources,
    volumeMounts: [...source.volumeMounts, { name: 'tmp', mountPath: '/tmp' }, { name: 'shm', mountPath: '/dev/shm' }],
    ...probes(runtime.port),
    // The endpoint leaves the Service's list before the server stops accepting.
    lifecycle: { preStop: { sleep: { seconds: leaveSeconds } } },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: restrictedContainer,
  };
}

/** The user's value wins; names stay unique, since server-side apply refuses a list with two entries of one key. */
function environment(theirs: readonly EnvVar[]): EnvVar[] {
  const ours: EnvVar[] = [
    { name: 'HOME', value: '/tmp' },
    // PyTorch asks for the user's name when it is imported, and our user id stands in no image's list of users.
    { name: 'USER', value: 'stratos' },
    { name: 'HF_HOME', value: '/tmp/huggingface' },
    { name: 'VLLM_NO_USAGE_STATS', value: '1' },
  ];
  return [...ours.filter(({ name }) => theirs.every((variable) => variable.name !== name)), ...theirs];
}

export function serverVolumes({ student, model }: ServerInput): Volume[] {
  return [
    ...modelSource(student, model).volumes,
    { name: 'tmp', emptyDir: {} },
    { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '2Gi' } },
  ];
}

/** What follows `vllm serve`, which is the entry point of vLLM's images. No `--host`: `kubectl port-forward` comes by loopback. */
function serveArguments({ student, placed }: ServerInput, path: string): string[] {
  const { runtime } = student.spec;
  const length = runtime.maxModelLength;
  const quantization = quantizations[runtime.quantization ?? 'None'];
  return [
    path,
    '--served-model-name',
    servedModelName(student),
    '--port',
    String(runtime.port),
    '--shutdown-timeout',
    String(drainSeconds),
    '--dtype',
    dtypes[runtime.dtype],
    ...(length === undefined ? [] : ['--max-model-len', String(length)]),
    ...(placed.choice.gpus > 1 ? ['--tensor-parallel-size', String(placed.choice.gpus)] : []),
    ...(quantization === undefined ? [] : ['--quantization', quantization]),
  ];
}

/** Loading weights may take long, so only the startup probe is patient; ready means that the model itself is listed. */
function probes(port: number): Pick<Container, 'startupProbe' | 'readinessProbe' | 'livenessProbe'> {
  const models: Probe = { httpGet: { path: '/v1/models', port }, timeoutSeconds: 2 };
  return {
    startupProbe: { ...models, periodSeconds: 2, failureThreshold: 900 },
    readinessProbe: { ...models, periodSeconds: 5, failureThreshold: 3 },
    livenessProbe: { httpGet: { path: '/health', port }, timeoutSeconds: 5, periodSeconds: 10, failureThreshold: 6 },
  };
}

interface ModelSource {
  readonly path: string;
  readonly volumes: readonly Volume[];
  readonly volumeMounts: readonly VolumeMount[];
}

/** A claim and an OCI image are mounted read-only; a hub's name is left to vLLM, which downloads into its cache. */
function modelSource(student: StudentDeployment, model: ServableModel): ModelSource {
  const claimName = claimOf(model.uri);
  const mount = { name: 'model', mountPath: modelMount, readOnly: true };
  if (claimName !== undefined) {
    const path = model.uri.slice(`pvc://${claimName}`.length);
    return {
      path: `${modelMount}${path}`,
      volumes: [{ name: 'model', persistentVolumeClaim: { claimName, readOnly: true } }],
      volumeMounts: [mount],
    };
  }
  const { image } = student.spec.model;
  if (image !== undefined) {
    return {
      path: `${modelMount}${image.path}`,
      volumes: [{ name: 'model', image: { reference: image.reference, pullPolicy: 'IfNotPresent' } }],
      volumeMounts: [mount],
    };
  }
  return { path: model.uri.replace(/^hf:\/\//, ''), volumes: [], volumeMounts: [] };
}
