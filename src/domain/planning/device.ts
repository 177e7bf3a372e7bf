import { CPU_GBPS, CPU_GFLOPS, type EngineConstants, VLLM_CPU, VLLM_GPU } from './constants.ts';
import type { GpuFacts } from './gpu.ts';
import type { PoolGpu } from './pool.ts';

/** The hardware of one process group, in the units of physics: FLOP/s, bytes/s, bytes. Per device; `count` of them. */
export interface Device {
  readonly kind: 'Gpu' | 'Cpu';
  readonly count: number;
  /** Of a pipeline: each holds its share of the layers on `count / stages` devices. One when left out. */
  readonly stages?: number;
  readonly flops: number;
  readonly bandwidth: number;
  readonly memoryBytes: number;
  /** One direction between devices of a node; irrelevant when there is one. */
  readonly link: number;
  readonly engine: EngineConstants;
  /** What measurements on it multiply the two predicted times of a server by. Nothing is corrected when left out. */
  readonly correction?: ServingCorrection;
}

export interface ServingCorrection {
  readonly firstToken: number;
  readonly interToken: number;
}

const GIB = 1024 ** 3;

export function gpuDevice(facts: GpuFacts, count: number, memoryGib: number = facts.memoryGib): Device {
  return {
    kind: 'Gpu',
    count,
    flops: facts.halfTflops * 1e12,
    bandwidth: facts.memoryBandwidthGBps * 1e9,
    memoryBytes: memoryGib * GIB,
    link: facts.interconnectGBps * 1e9,
    engine: VLLM_GPU,
  };
}

/** `count` devices of a pool; a MIG slice has the share of compute and bandwidth that it has of memory. */
export function poolDevice(gpu: PoolGpu, facts: GpuFacts, count: number): Device {
  const plain = gpuDevice(facts, count, gpu.memoryGib ?? facts.memoryGib);
  const whole = gpu.linkGBps === undefined ? plain : { ...plain, link: gpu.linkGBps * 1e9 };
  if (gpu.sharing !== 'Mig') return whole;
  const share = whole.memoryBytes / (facts.memoryGib * GIB);
  return { ...whole, flops: whole.flops * share, bandwidth: whole.bandwidth * share };
}

/** The cores of one node as one device. */
export function cpuDevice(cpuMillis: number, memoryBytes: number): Device {
  const cpus = cpuMillis / 1000;
  return {
    kind: 'Cpu',
    count: 1,
    flops: cpus * CPU_GFLOPS * 1e9,
    bandwidth: cpus * CPU_GBPS * 1e9,
    memoryBytes,
    link: Number.POSITIVE_INFINITY,
    engine: VLLM_CPU,
  };
}

export function stagesOf({ stages = 1 }: Device): number {
  return stages;
}

/** Devices that share every layer. */
export function tensorParallel(device: Device): number {
  return device.count / stagesOf(device);
}
