/** How vLLM is started for a model (vLLM's `serve` command; docs: "OpenAI-Compatible Server"). */
import type { Container, EnvVar, Probe, Volume } from '../../api/core.ts';
import type { Quantization, StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import { restrictedContainer } from '../pod-security.ts';
import { toEnvVar } from '../pod-template.ts';
import type { PoolChoice } from '../pool-choice.ts';
import { parseBytes } from '../quantity.ts';
import { type ServableModel, servedModelName } from './model.ts';
import { cacheMount, modelFiles } from './model-files.ts';
import type { PlacedModel } from './placement.ts';
import type { PodShape } from './pod-shape.ts';
import { stopTimes } from './stop-times.ts';

export interface ServerInput {
  readonly student: StudentDeployment;
  readonly model: ServableModel;
  readonly placed: PlacedModel;
  readonly shape: PodShape;
  readonly image: string;
  /** Undefined leaves the user to the platform. */
  readonly podUserId: number | undefined;
}

const dtypes = { Auto: 'auto', Float32: 'float32', Float16: 'float16', BFloat16: 'bfloat16' } as const;
/**
 * What vLLM does to 16-bit weights while it loads them. It has no such way to 8-bit integers: those come as a checkpoint that
 * says so itself, and a flag would contradict it.
 */
const quantizations: Readonly<Record<Quantization, string | undefined>> = {
  None: undefined,
  FP8: 'fp8',
  INT8: undefined,
  INT4: 'bitsandbytes',
};
/** vLLM's default of old, said aloud: the planner counts on it, and newer versions have another. */
const gpuMemoryUtilisation = '0.9';
/** The first compute capability that multiplies bfloat16, which most checkpoints are stored in. */
const bfloat16Capability = 8;

export function serverContainer(input: ServerInput): Container {
  const { student, model, shape } = input;
  const { runtime, serving } = student.spec;
  const files = modelFiles(student, model);
  return {
    name: 'server',
    image: runtime.image ?? input.image,
    args: [...files.args, ...serveFlags(input), ...(runtime.args ?? [])],
    env: environment(files.env, (runtime.env ?? []).map(toEnvVar)),
    ports: [{ name: 'http', containerPort: runtime.port }],
    resources: shape.resources,
    volumeMounts: [...files.volumeMounts, { name: 'tmp', mountPath: '/tmp' }, { name: 'shm', mountPath: '/dev/shm' }],
    ...probes(runtime.port),
    // The endpoint leaves the Service's list before the server stops accepting.
    lifecycle: { preStop: { sleep: { seconds: stopTimes(serving).leave } } },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: restrictedContainer,
  };
}

/** The user's value wins; names stay unique, since server-side apply refuses a list with two entries of one key. */
function environment(credentials: readonly EnvVar[], theirs: readonly EnvVar[]): EnvVar[] {
  const ours: EnvVar[] = [
    { name: 'HOME', value: '/tmp' },
    // PyTorch asks for the user's name when it is imported, and our user id stands in no image's list of users.
    { name: 'USER', value: 'stratos' },
    { name: 'HF_HOME', value: `${cacheMount}/huggingface` },
    { name: 'VLLM_CACHE_ROOT', value: `${cacheMount}/vllm` },
    { name: 'VLLM_NO_USAGE_STATS', value: '1' },
    ...credentials,
  ];
  return [...ours.filter(({ name }) => theirs.every((variable) => variable.name !== name)), ...theirs];
}

export function serverVolumes({ student, model, placed, shape }: ServerInput): Volume[] {
  return [
    ...modelFiles(student, model).volumes,
    { name: 'tmp', emptyDir: {} },
    {
      name: 'shm',
      emptyDir: { medium: 'Memory', sizeLimit: sharedMemory(placed.choice.gpus, shape.resources.limits?.['memory']) },
    },
  ];
}

/** Through `/dev/shm` the processes of tensor parallelism talk: 2 GiB each, and never more than a quarter of the pod's memory. */
export function sharedMemory(gpus: number, podMemory = '0'): string {
  const gibibyte = 1024 ** 3;
  const wanted = 2 * Math.max(1, gpus);
  const quarter = Math.floor((parseBytes(podMemory) ?? 0) / gibibyte / 4);
  return `${Math.max(1, Math.min(wanted, quarter))}Gi`;
}

/** What follows the model after `vllm serve`, the entry point of vLLM's images. No `--host`: `kubectl port-forward` comes by loopback. */
function serveFlags({ student, model, placed }: ServerInput): string[] {
  const { runtime, serving } = student.spec;
  const { choice, status } = placed;
  const length = runtime.maxModelLength ?? status.maxModelLength;
  const quantization = quantizationFlag(model, runtime.quantization ?? asQuantization(status.quantization));
  return [
    '--served-model-name',
    servedModelName(student),
    '--port',
    String(runtime.port),
    '--shutdown-timeout',
    String(stopTimes(serving).drain),
    '--dtype',
    dtypeFor(runtime.dtype, choice),
    ...(length === undefined ? [] : ['--max-model-len', String(length)]),
    ...(choice.gpus > 0 ? ['--gpu-memory-utilization', gpuMemoryUtilisation] : []),
    ...parallelism(choice),
    ...quantization,
  ];
}

/** A checkpoint that was published in fewer bits says so itself, and a flag would contradict it. */
function quantizationFlag(model: ServableModel, wanted: Quantization): string[] {
  const method = model.quantization === undefined ? quantizations[wanted] : undefined;
  return method === undefined ? [] : ['--quantization', method];
}

/** The GPUs of a stage share every layer, and the layers are spread over the stages. */
function parallelism({ gpus, pipeline = 1 }: PoolChoice): string[] {
  const tensor = gpus / pipeline;
  return [
    ...(tensor > 1 ? ['--tensor-parallel-size', String(tensor)] : []),
    ...(pipeline > 1 ? ['--pipeline-parallel-size', String(pipeline)] : []),
  ];
}

/** A GPU that has no bfloat16 gets 16-bit floats; vLLM would refuse to start otherwise. */
function dtypeFor(asked: keyof typeof dtypes, { pool }: PoolChoice): string {
  const capability = pool.gpu?.facts?.computeCapability ?? bfloat16Capability;
  return asked === 'Auto' && capability < bfloat16Capability ? dtypes.Float16 : dtypes[asked];
}

function asQuantization(text: string | undefined): Quantization {
  return text === 'FP8' || text === 'INT8' || text === 'INT4' ? text : 'None';
}

/**
 * Loading weights may take long, so only the startup probe is patient. `/v1/models` lists the model once the engine has loaded
 * it: vLLM listens no sooner, and the name in the list is the one that we pass.
 */
function probes(port: number): Pick<Container, 'startupProbe' | 'readinessProbe' | 'livenessProbe'> {
  const models: Probe = { httpGet: { path: '/v1/models', port }, timeoutSeconds: 2 };
  return {
    startupProbe: { ...models, periodSeconds: 2, failureThreshold: 900 },
    readinessProbe: { ...models, periodSeconds: 5, failureThreshold: 3 },
    livenessProbe: { httpGet: { path: '/health', port }, timeoutSeconds: 5, periodSeconds: 10, failureThreshold: 6 },
  };
}
