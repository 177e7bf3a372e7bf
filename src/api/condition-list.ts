export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** `metav1.Condition`. */
export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

/** A condition before the clock has stamped it. */
export type ConditionInput = Omit<Condition, 'lastTransitionTime'>;

/** The API allows 32,768 characters; nobody reads so many, and every watcher stores them. */
const LONGEST_MESSAGE = 1024;

function truncate(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1)}…`;
}

/** Seconds precision: what `metav1.Time` can hold. A finer time would differ from its own stored form. */
function timestamp(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}

/**
 * The list with `input` in it: in place of its predecessor, else at the end. The argument is left as it was.
 *
 * # Guarantees
 * - `lastTransitionTime` moves only when `status` does.
 * - Setting the same condition twice gives an equal list, so a status writer finds nothing to write.
 */
export function setCondition(list: readonly Condition[], input: ConditionInput, now: number): Condition[] {
  const previous = getCondition(list, input.type);
  const lastTransitionTime = previous?.status === input.status ? previous.lastTransitionTime : timestamp(now);
  const next: Condition = { ...input, message: truncate(input.message), lastTransitionTime };
  return previous ? list.map((condition) => (condition === previous ? next : condition)) : [...list, next];
}

/** The list without the condition of this type. */
export function dropCondition(list: readonly Condition[], type: string): Condition[] {
  return list.filter((condition) => condition.type !== type);
}

/** The condition of this type, if there is one. */
export function getCondition(list: readonly Condition[] | undefined, type: string): Condition | undefined {
  return list?.find((condition) => condition.type === type);
}

/** Whether the condition is there and `True`. */
export function isTrue(list: readonly Condition[] | undefined, type: string): boolean {
  return getCondition(list, type)?.status === 'True';
}
