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
}
