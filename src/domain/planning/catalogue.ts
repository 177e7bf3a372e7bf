import type { GpuFacts } from './gpu.ts';
import type { ModelFacts } from './model-facts.ts';
import type { CapacityType } from './pool.ts';

/** One dated price of one instance type in one region. */
export interface CataloguePrice {
  readonly instanceType: string;
  readonly region: string;
  readonly capacityType: CapacityType;
  readonly gpu: string;
  readonly gpuCount: number;
  /** Decimal string. */
  readonly perNodeHour: string;
  readonly currency: string;
  readonly source: string;
  readonly date: string | null;
}

export interface CatalogueModel {
  readonly id: string;
  readonly family: string;
  readonly license: string;
  readonly facts: ModelFacts;
  readonly source: string;
}

/** What one machine of a cloud's instance type has, before anything is reserved on it. */
export interface InstanceType {
  readonly name: string;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly source: string;
}

/** The facts shipped with the product. Passed in, so that the domain reads nothing by itself. */
export interface Catalogue {
  readonly gpus: readonly GpuFacts[];
  readonly prices: readonly CataloguePrice[];
  /** What pools at zero are planned by; the GPUs of a type stand in its prices. */
  readonly instanceTypes: readonly InstanceType[];
  readonly models: readonly CatalogueModel[];
}
