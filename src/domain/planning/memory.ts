import {
  FROZEN_BYTES,
  FULL_STATE_BYTES,
  LOGIT_BYTES,
  LOGITS_AT_ONCE,
  LORA_RANK,
  TRAINING_RESERVED_BYTES,
} from './constants.ts';
import type { ModelFacts } from './model-facts.ts';
import { stagesOf, tensorParallel } from './device.ts';
import { adapterParameters, kvBytes, kvSplit } from './parameters.ts';
import type { Method } from './request.ts';
import type { Served } from './serving.ts';

/** Engines load 32-bit checkpoints in 16 bits. */
export function servedBytesPerParameter(model: ModelFacts): number {
  return model.bytesPerParameter > 0 ? Math.min(2, model.bytesPerParameter) : 2;
}

export interface ServingMemory {
  /** What one device needs for weights, buffers and one request. */
  readonly neededBytes: number;
  /** What the engine may take of one device. */
  readonly usableBytes: number;
  /** Requests of the given length that the key-value cache holds at once, on all devices together. */
  readonly maxConcurrency: number;
}

/**
 * vLLM: utilisation × memory − weights/(TP·PP) − activations and non-torch memory is the key-value cache. The cache of
 * grouped-query attention is split over the devices of a stage until each has one head, and by layers over the stages.
 */
export function servingMemory(
  { model, device, bytesPerParameter = servedBytesPerParameter(model) }: Served,
  tokensPerRequest: number,
): ServingMemory {
  const weights = (model.parameters * bytesPerParameter) / device.count;
  const split = kvSplit(model, tensorParallel(device)) * stagesOf(device);
  const kvPerRequest = kvBytes(model, tokensPerRequest) / split;
  const usableBytes = device.memoryBytes * device.engine.memoryUtilisation;
  const free = usableBytes - weights - device.engine.reservedBytes;
  return {
    neededBytes: weights + device.engine.reservedBytes + kvPerRequest,
    usableBytes,
    maxConcurrency: Math.max(0, Math.min(device.engine.maxSequences, Math.floor(free / kvPerRequest))),
  };
}

export interface TrainingShape {
  readonly student: ModelFacts;
  /** Resident beside the student while it trains; null when its answers are on disk. */
  readonly teacher: ModelFacts | null;
  readonly method: Method;
  readonly sequenceLength: number;
  /** Sequences in one forward pass of one device; gradients are accumulated over more. */
  readonly microBatch: number;
  readonly devices: number;
}

/**
 * What one device needs: states sharded over the devices (FSDP), plus the activations of one micro-batch with
 * recomputation by layer (Korthikanti 2022: 2sbh kept per layer, 34sbh live in one), plus the logits and the gradient of
 * the head. As a whole the logits would surprise: 4 × 4,096 tokens of a 152 k vocabulary are 10 GB in 32 bits, for student
 * and teacher each. The trainer makes them a few rows at a time.
 */
export function trainingMemory(shape: TrainingShape): number {
  const tokens = shape.sequenceLength * shape.microBatch;
  const { layers, hiddenSize } = shape.student;
  const activations = tokens * hiddenSize * (2 * layers + 34);
  const rows = Math.min(tokens, Math.ceil(LOGITS_AT_ONCE / shape.student.vocabularySize));
  const logits = rows * LOGIT_BYTES * (shape.student.vocabularySize + (shape.teacher?.vocabularySize ?? 0));
  const head = shape.method === 'Full' ? 4 * shape.student.vocabularySize * hiddenSize : 0;
  const teacher = shape.teacher ? shape.teacher.parameters * servedBytesPerParameter(shape.teacher) : 0;
  const states = (stateBytes(shape.student, shape.method) + teacher) / shape.devices;
  return states + activations + logits + head + TRAINING_RESERVED_BYTES;
}

/** A teacher that reads the data alone is whole on every device. */
export function scoringMemory(teacher: ModelFacts, sequenceLength: number): number {
  const rows = Math.min(sequenceLength, Math.ceil(LOGITS_AT_ONCE / teacher.vocabularySize));
  const activations = sequenceLength * teacher.hiddenSize * 34;
  const logits = rows * LOGIT_BYTES * teacher.vocabularySize;
  return teacher.parameters * servedBytesPerParameter(teacher) + activations + logits + TRAINING_RESERVED_BYTES;
}

function stateBytes(student: ModelFacts, method: Method): number {
  if (method === 'Full') return student.parameters * FULL_STATE_BYTES;
  return student.parameters * FROZEN_BYTES[method] + adapterParameters(student, LORA_RANK) * FULL_STATE_BYTES;
}
