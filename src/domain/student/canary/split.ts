/** How many replicas each track has: a Service spreads requests over pods, so a share of them is a share of the traffic. */

/** What the nodes that the candidate leads to could hold. */
export interface TrialRoom {
  /** Pods of the candidate, with those of the student that are there. */
  readonly capacity: number;
  /** Whether the stable replicas are on the same nodes, so that one that ends makes room. */
  readonly shared: boolean;
}

export interface SplitInput {
  /** Replicas that are wanted in all; at least 1. */
  readonly wanted: number;
  readonly weightPercentage: number;
  /** Weight of the step before; 0 at the first. */
  readonly previousPercentage: number;
  /** All canary replicas of this step have answered. */
  readonly begun: boolean;
  /** A gateway weighs the requests: stable replicas go only in whole shares, since those that stay have the rest of the traffic. */
  readonly weighted: boolean;
  /** Whether the stable replicas are ours to take away; an autoscaler's are not, and the canary then comes on top. */
  readonly divides: boolean;
  readonly room: TrialRoom;
}

export interface Split {
  readonly stable: number;
  readonly canary: number;
}

/**
 * Canary replicas come before stable ones go, where there is room; without, stable ones make it, one at least stays. Undefined
 * when there is none for a single canary replica.
 */
export function splitReplicas(input: SplitInput): Split | undefined {
  const { wanted, room, divides } = input;
  const spare = Math.max(0, room.shared ? room.capacity - wanted : room.capacity);
  const most = room.shared && divides ? spare + wanted - 1 : spare;
  const canary = Math.min(share(wanted, input.weightPercentage), most);
  if (canary < 1) return undefined;
  if (!divides) return { stable: wanted, canary };
  const given = Math.min(canary, givenAway(input));
  const needed = room.shared ? Math.max(0, canary - spare) : 0;
  return { stable: Math.max(1, wanted - Math.max(given, needed)), canary };
}

/** Stable replicas that the canary's have taken the place of. */
function givenAway({ wanted, weighted, begun, weightPercentage, previousPercentage }: SplitInput): number {
  const percentage = begun ? weightPercentage : previousPercentage;
  return weighted ? Math.floor((wanted * percentage) / 100) : share(wanted, percentage);
}

/** Whether the stable replicas that are left can take all but `percentage` of the requests. */
export function leavesEnough({ stable }: Split, wanted: number, percentage: number): boolean {
  return stable >= wanted - Math.floor((wanted * percentage) / 100);
}

function share(wanted: number, percentage: number): number {
  return percentage === 0 ? 0 : Math.max(1, Math.round((wanted * percentage) / 100));
}

export interface PromotionInput {
  readonly wanted: number;
  /** Canary replicas of the last step. */
  readonly canary: number;
  /** Stable replicas of the candidate that answer. */
  readonly answering: number;
  readonly divides: boolean;
  readonly room: TrialRoom;
}

/** The canary goes on serving until the stable replicas have its revision; where room is short, they take it over one by one. */
export function promoteReplicas({ wanted, canary, answering, divides, room }: PromotionInput): Split {
  if (!divides) return { stable: wanted, canary };
  const capacity = Math.max(wanted, room.capacity);
  const left = Math.max(0, Math.min(canary, capacity - answering - 1));
  return { stable: room.shared ? Math.max(1, Math.min(wanted, capacity - left)) : wanted, canary: left };
}
