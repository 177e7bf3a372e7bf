/**
 * Every constant of the estimators, chosen before looking at the rows they are tested on unless it says otherwise.
 * "costmodel" is `docs/planner.md`, which says where each comes from and how far off it is; "assumed" means that nobody
 * measured it.
 */

export const GIB = 1024 ** 3;

/** One serving engine on one kind of device. */
export interface EngineConstants {
  /** Share of the nominal memory bandwidth that streaming weights and KV reaches. */
  readonly bandwidthEfficiency: number;
  /** Share of the nominal FLOP/s reached by the large products of prefill, and by those of decode. */
  readonly prefillMfu: number;
  readonly decodeMfu: number;
  /** Scheduling and sampling of one engine step. */
  readonly stepSeconds: number;
  /** Work of one engine step that grows with the layers, and with the sequences of the batch; 0 where the step covers it. */
  readonly layerSeconds: number;
  readonly sequenceSeconds: number;
  /** One all-reduce, before any byte is moved. */
  readonly allReduceSeconds: number;
  /** Host work to launch one layer of a prefill, where graphs do not hide it. */
  readonly prefillDispatchSeconds: number;
  /** Share of the nominal link rate that a collective reaches. */
  readonly linkEfficiency: number;
  /** Share of the device's memory that the engine takes, after its own tolerance. */
  readonly memoryUtilisation: number;
  /** Activations and what is outside the allocator: the maxima KAITO measured for vLLM 0.10. */
  readonly reservedBytes: number;
  /** Sequences in one batch, vLLM's default. */
  readonly maxSequences: number;
}

/** costmodel "no fit", but for the one constant marked below. */
export const VLLM_GPU: EngineConstants = {
  bandwidthEfficiency: 0.8,
  prefillMfu: 0.6,
  decodeMfu: 0.6,
  stepSeconds: 0.003,
  layerSeconds: 0,
  // Chosen with rows of 2024 and of 2025 in view: a sequence's share of scheduling and sampling in either.
  sequenceSeconds: 20e-6,
  allReduceSeconds: 15e-6,
  prefillDispatchSeconds: 0.6e-3,
  linkEfficiency: 0.7,
  memoryUtilisation: 0.88,
  reservedBytes: (1.7 + 0.6) * GIB,
  maxSequences: 256,
};

/**
 * Fitted to rows of vLLM of early 2024 (Llama-2-7B and Mistral-7B on A100 and H100), as published with them;
 * `test/bench/planner/fit.ts` repeats the fit and tests it on hardware and models left out. An option, not the default: later engines
 * have shed most of these overheads.
 */
export const VLLM_2024_GPU: EngineConstants = {
  ...VLLM_GPU,
  bandwidthEfficiency: 0.79,
  decodeMfu: 0.21,
  stepSeconds: 0.38e-3,
  layerSeconds: 54e-6,
  sequenceSeconds: 81e-6,
  allReduceSeconds: 23e-6,
};

export type EngineName = 'default' | 'vllm-2024';

/** The sets of constants for GPUs by the names under which they are asked for. */
export const ENGINES: Readonly<Record<EngineName, EngineConstants>> = { default: VLLM_GPU, 'vllm-2024': VLLM_2024_GPU };

/** Assumed: a CPU has no launch latency to hide and no separate memory, and its products reach less of the peak. */
export const VLLM_CPU: EngineConstants = {
  ...VLLM_GPU,
  bandwidthEfficiency: 0.6,
  prefillMfu: 0.4,
  decodeMfu: 0.4,
  prefillDispatchSeconds: 0.2e-3,
  memoryUtilisation: 0.8,
  reservedBytes: 1 * GIB,
  maxSequences: 64,
};

/**
 * Assumed, per Kubernetes CPU (one hardware thread): AVX2 with two fused multiply-adds of 8 floats a cycle is 32 FLOP a
 * cycle and core, shared by two threads at 2.5 GHz; memory as a two-socket server divides 400 GB/s over 100 threads.
 */
export const CPU_GFLOPS = 40;
export const CPU_GBPS = 4;

/** Half-width of the band around a predicted time to first token: 25 % is the mean error, so one in five lies outside 35 %. */
export const TTFT_BAND = 0.35;

/** costmodel section 3, torchtune's published rates: FLOP counted without recomputation, MFU measured with it. */
export const TRAINING_MFU = { Full: 0.45, LoRA: 0.4, QLoRA: 0.33 } as const;
/** Several nodes over Ethernet. */
export const MULTI_NODE_MFU_FACTOR = 0.35 / 0.45;
/** Assumed for PyTorch on CPU. */
export const CPU_TRAINING_MFU = 0.35;
/** Assumed: host work of one optimiser step and of one layer's forward and backward pass; what a tiny model is bound by. */
export const TRAINING_STEP_SECONDS = 0.01;
export const TRAINING_LAYER_SECONDS = 0.002;

/** Bytes per parameter under mixed precision: weights 2, gradients 2, Adam's master copy and moments 12. */
export const FULL_STATE_BYTES = 16;
/** A frozen base, in 16 bits and in 4 bits with its block scales. */
export const FROZEN_BYTES = { LoRA: 2, QLoRA: 0.55 } as const;
/** Adapters of this rank on every linear layer. */
export const LORA_RANK = 16;
/** CUDA context, communication buffers and fragmentation of a training process. */
export const TRAINING_RESERVED_BYTES = 2 * GIB;
/** Logits in half precision, in 32 bits for the softmax, and their gradient. */
export const LOGIT_BYTES = 2 + 4 + 4;
/** The trainer makes no more of them at once (LOGITS_AT_ONCE in trainer-image/src/stratos_trainer/heads.py). */
export const LOGITS_AT_ONCE = 2 ** 25;

/** Spot capacity, assumed: mean time to interruption, time to get a node and restore, time to save a checkpoint. */
export const SPOT_MEAN_SECONDS = 8 * 3600;
export const SPOT_RESTART_SECONDS = 300;
export const CHECKPOINT_SECONDS = 30;

/** Assumed: from a pod that asks for a node to a node that runs it, drivers and images included; 3 to 10 minutes in practice. */
export const NODE_START_SECONDS = 420;

/** A pod needs this much CPU to be worth planning on. */
export const MIN_CPU_MILLIS = 250;

/** Requests in flight when a teacher generates offline. */
export const SYNTHESIS_CONCURRENCY = 64;
/** Assumed for an API teacher: output tokens per second over all the requests we keep in flight. */
export const ENDPOINT_TOKENS_PER_SECOND = 1000;

/** With no stated request rate, serving is predicted at this many requests in flight. */
export const NOMINAL_CONCURRENCY = 8;
/** Served tokens per request where neither the targets nor the profile say: the Azure conversation trace's means. */
export const DEFAULT_INPUT_TOKENS = 1155;
export const DEFAULT_OUTPUT_TOKENS = 211;

/** How long a student is assumed to be served, where training cost and serving cost are added up: thirty days. */
export const SERVING_HORIZON_HOURS = 720;

/**
 * Alignment, assumed until a run measures it: the share of the gap between a student's own score and its teacher's that
 * training closes. Adapters are given a little less than full training, as they learn less at equal data.
 */
export const GAP_CLOSED = {
  Full: { low: 0.5, point: 0.85, high: 1 },
  LoRA: { low: 0.45, point: 0.8, high: 1 },
  QLoRA: { low: 0.4, point: 0.78, high: 1 },
} as const;
/** Injection, assumed: where in the unmeasured interval [student's own score, 1] the point estimate is put. */
export const INJECTION_POINT = { Full: 0.5, LoRA: 0.45, QLoRA: 0.43 } as const;

/**
 * Trial runs, assumed: the error falls with this power of the training done. Published learning curves of large models fall
 * with powers of 0.07 to 0.35.
 */
export const PILOT_ERROR_EXPONENT = 0.2;
/** The first trials are this part of a whole run, and each round of halving doubles them. */
export const PILOT_FIRST_SHARE = 1 / 16;
export const PILOT_GROWTH = 2;
export const PILOT_MAX_RUNGS = 4;
/** Fewer steps say nothing, whatever the share. */
export const PILOT_LEAST_STEPS = 8;
/** Assumed: from the start of a trial's pod to its first step, and from its stop to its end. */
export const PILOT_START_SECONDS = 60;
export const PILOT_STOP_SECONDS = 30;

/** A price older than this is worth a note. */
export const OLD_PRICE_DAYS = 180;
