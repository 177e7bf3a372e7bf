import { FROZEN_BYTES, FULL_STATE_BYTES, LOGIT_BYTES, LORA_RANK, TRAINING_RESERVED_BYTES } from './constants.ts';
import type { ModelFacts } from './model-facts.ts';
import { stagesOf, tensorParallel } from './device.ts';
import { adapterParameters, kvBytes, kvSplit } from './parameters.ts';
import type { Loss, Method } from './request.ts';
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
  readonly loss: Loss;
  readonly sequenceLength: number;
  /** Sequences in one forward pass of one device; gradients are accumulated over more. */
  readonly microBatch: number;
  readonly devices: number;
}

/**
 * What one device needs: states sharded over the devices (FSDP), plus the activations of one micro-batch with
 * recomputation by layer (Korthikanti 2022: 2sbh kept per layer, 34sbh live in one), plus the logits. The logits term is
 * the one that surprises: 4 × 4,096 tokens of a 152 k vocabulary are 10 GB in 32 bits, for student and teacher each.
 */
export function trainingMemory(shape: TrainingShape): number {
  const tokens = shape.sequenceLength * shape.microBatch;
  const { layers, hiddenSize } = shape.student;
  const activations = tokens * hiddenSize * (2 * layers + 34);
  const logits =
    tokens *
    LOGIT_BYTES *
    (shape.student.vocabularySize + (shape.loss === 'Logits' ? (shape.teacher?.vocabularySize ?? 0) : 0));
  const teacher = shape.teacher ? shape.teacher.parameters * servedBytesPerParameter(shape.teacher) : 0;
  return (
    (stateBytes(shape.student, shape.method) + teacher) / shape.devices + activations + logits + TRAINING_RESERVED_BYTES
  );
}

function stateBytes(student: ModelFacts, method: Method): number {
  if (method === 'Full') return student.parameters * FULL_STATE_BYTES;
  return student.parameters * FROZEN_BYTES[method] + adapterParameters(student, LORA_RANK) * FULL_STATE_BYTES;
}
