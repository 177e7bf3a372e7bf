/** Reads what a stage left in its pod's termination message (docs/stage-contract.md). */
import type { StageName } from './stage.ts';
import { stageWords } from './stage.ts';

/** Reasons a stage gives for its own failure. */
export type StageErrorReason =
  | 'ConfigInvalid'
  | 'DataUnreadable'
  | 'DataInvalid'
  | 'ModelUnreadable'
  | 'ModelIncompatible'
  | 'TeacherUnavailable'
  | 'NoDataAccepted'
  | 'OutOfMemory'
  | 'OutputUnwritable'
  | 'Internal';

export interface StageError {
  readonly reason: string;
  readonly message: string;
}

export type StageMessage =
  | { readonly kind: 'result'; readonly result: Readonly<Record<string, unknown>> }
  | { readonly kind: 'error'; readonly error: StageError }
  | { readonly kind: 'unreadable'; readonly text: string };

/**
 * Failures somebody can mend from outside while the job waits: a data set that appears, a token that is fixed, a full
 * volume. Their stage is tried again at a slowing pace; the others end the attempt.
 */
const mendable: ReadonlySet<string> = new Set<StageErrorReason>([
  'DataUnreadable',
  'DataInvalid',
  'ModelUnreadable',
  'TeacherUnavailable',
  'OutputUnwritable',
]);

export function isMendable(reason: string): boolean {
  return mendable.has(reason);
}

/** Parses one termination message; a message of another stage or version is `unreadable`, never trusted. */
export function parseStageMessage(stage: StageName, text: string | undefined): StageMessage {
  const document = parseObject(text ?? '');
  if (document === undefined || document['version'] !== 'v1' || document['stage'] !== stageWords[stage].command) {
    return { kind: 'unreadable', text: text ?? '' };
  }
  const { ok, result, error } = document;
  if (ok === true && isObject(result)) return { kind: 'result', result };
  if (ok === false && isObject(error)) {
    return { kind: 'error', error: { reason: String(error['reason']), message: String(error['message']) } };
  }
  return { kind: 'unreadable', text: text ?? '' };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
