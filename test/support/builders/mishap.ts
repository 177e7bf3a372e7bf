/** What may go wrong in one look. */
export interface Mishap {
  /** Actions that are carried out before the operator dies; all when absent. */
  readonly dieAfterActions?: number;
  /** The operator dies before, or the API server loses, the status. */
  readonly loseStatus?: boolean;
  /** How many versions of the DistillationJob the operator's cache is behind; Jobs and pods are fresh. */
  readonly staleBy?: number;
  /** How many looks ago Jobs and pods were as the operator's cache shows them. */
  readonly childrenStaleBy?: number;
}
