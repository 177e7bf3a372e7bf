/** What the estimators need to know about a model; the fields of the profile's `facts`. */
export interface ModelFacts {
  readonly parameters: number;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly intermediateSize: number;
  readonly vocabularySize: number;
  readonly tiedEmbeddings: boolean;
  readonly maxPositions: number;
  /** As stored; engines load 32-bit checkpoints as 16-bit ones. */
  readonly bytesPerParameter: number;
  readonly tokenizerDigest: string;
  readonly architecture: string;
  /** Biases on the query, key and value projections; normalised queries and keys. */
  readonly qkvBias?: boolean;
  readonly qkNorm?: boolean;
  /** Mixture of experts only. */
  readonly experts?: number;
  readonly expertsPerToken?: number;
  /** Layers that look back no further than a window of so many tokens, and how many layers those are. */
  readonly slidingWindow?: number;
  readonly slidingLayers?: number;
  /** Latent attention: elements per token and layer that stand for all keys and values (rank and rotary part together). */
  readonly latentSize?: number;
}
