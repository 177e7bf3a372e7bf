import type { Device } from './device.ts';
import { servedBytesPerParameter } from './memory.ts';
import type { ModelFacts } from './model-facts.ts';
import { bodyParameters } from './parameters.ts';
import type { Refusal } from './placement.ts';
import type { Pool } from './pool.ts';
import type { Served } from './serving.ts';

/** How weights are stored while serving; the names of `runtime.quantization`. */
export type Quantization = 'None' | 'FP8' | 'INT8' | 'INT4';

interface Scheme {
  /** Of the layers; embeddings and head stay as they are. INT4 with its scales. */
  readonly bytesPerParameter: number;
  /** The least CUDA compute capability with kernels for it: Turing reads small integers, Ampere packs eight bits by Marlin. */
  readonly leastCapability: number;
}

const SCHEMES: Readonly<Record<Exclude<Quantization, 'None'>, Scheme>> = {
  FP8: { bytesPerParameter: 1, leastCapability: 8 },
  INT8: { bytesPerParameter: 1, leastCapability: 7.5 },
  INT4: { bytesPerParameter: 0.55, leastCapability: 7.5 },
};

/** From here on eight-bit floats are multiplied as such; before, they are widened first, and only reading gets faster. */
const FP8_ARITHMETIC = 8.9;

/** Why weights of this kind cannot be served on the pool. */
export function refuseQuantization(quantization: Quantization, { gpu }: Pool): Refusal | null {
  if (quantization === 'None') return null;
  if (!gpu) return { reason: 'MethodNotApplicable', message: `${quantization} needs a GPU` };
  const { computeCapability = null, fp8Tflops = null } = gpu.facts ?? {};
  if (computeCapability === null) {
    if (quantization === 'FP8' && fp8Tflops !== null) return null;
    return { reason: 'MethodNotApplicable', message: `${gpu.product} has no kernels for ${quantization}` };
  }
  const { leastCapability } = SCHEMES[quantization];
  if (computeCapability >= leastCapability) return null;
  return {
    reason: 'CapabilityTooOld',
    message: `${quantization} needs compute capability ${leastCapability}; ${gpu.product} has ${computeCapability}`,
  };
}

/** The model as it is served: fewer bytes to read, and faster products where the hardware multiplies in that format. */
export function quantized(model: ModelFacts, device: Device, { gpu }: Pool, quantization: Quantization): Served {
  if (quantization === 'None') return { model, device };
  const whole = servedBytesPerParameter(model);
  const layers = bodyParameters(model) / model.parameters;
  const bytesPerParameter = layers * SCHEMES[quantization].bytesPerParameter + (1 - layers) * whole;
  const facts = gpu?.facts ?? null;
  const multiplies = (facts?.computeCapability ?? FP8_ARITHMETIC) >= FP8_ARITHMETIC;
  if (quantization !== 'FP8' || !multiplies || !facts || facts.fp8Tflops === null)
    return { model, device, bytesPerParameter };
  const faster = facts.fp8Tflops / facts.halfTflops;
  return { model, device: { ...device, flops: device.flops * faster }, bytesPerParameter };
}
