import type { Taint } from './pool.ts';

/** The parts of a `v1` Node that discovery reads; a client object or plain JSON both fit. */
export interface NodeObject {
  readonly metadata?: {
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: readonly Taint[] };
  readonly status?: {
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly capacity?: Readonly<Record<string, string>>;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** What one bound, unfinished pod holds of its node. */
export interface PodClaim {
  readonly nodeName: string;
  /** Extended GPU resources by name. */
  readonly gpus: Readonly<Record<string, number>>;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}
