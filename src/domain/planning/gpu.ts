/** What is known about one GPU product. Rates are dense (no structured sparsity) and decimal (1e9 bytes, 1e12 FLOP). */
export interface GpuFacts {
  readonly product: string;
  readonly vendor: 'nvidia' | 'amd';
  readonly architecture: string;
  /** CUDA compute capability; null where the vendor has none. */
  readonly computeCapability: number | null;
  readonly memoryGib: number;
  readonly memoryBandwidthGBps: number;
  /** bf16, or fp16 where the GPU has no bf16. */
  readonly halfTflops: number;
  readonly fp8Tflops: number | null;
  /** One direction, one GPU, to the others of its node. */
  readonly interconnectGBps: number;
  readonly source: string;
}
