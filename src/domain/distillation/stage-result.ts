/** Reads what a stage left in its pod's termination message (docs/stage-contract.md). */
import { inflateSync } from 'node:zlib';
import { list, type StageResult } from './result-fields.ts';
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
  | 'BudgetExhausted'
  | 'Internal';

export interface StageError {
  readonly reason: string;
  readonly message: string;
}

/** What one account, a teacher or the judge, is paid for. */
type Usage = readonly StageResult[];

export type StageMessage =
  | {
      readonly kind: 'result';
      readonly result: StageResult;
      readonly usage: Usage;
      /** By the stage's own clock; 0 when it does not say. */
      readonly seconds: number;
    }
  | { readonly kind: 'error'; readonly error: StageError; readonly usage: Usage }
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
  'BudgetExhausted',
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
  const { ok, error } = document;
  const result = resultIn(document);
  const usage = list(document, 'usage');
  if (ok === true && isObject(result) && isWhole(stage, result)) {
    const { seconds } = document;
    return { kind: 'result', result, usage, seconds: typeof seconds === 'number' && seconds > 0 ? seconds : 0 };
  }
  if (ok === false && isObject(error)) {
    const { reason, message } = error;
    return {
      kind: 'error',
      error: { reason: isReason(reason) ? reason : 'Internal', message: String(message) },
      usage,
    };
  }
  return { kind: 'unreadable', text: text ?? '' };
}

/** What the next stages stand on; a result without it is no result. */
const essentials: Readonly<Record<StageName, Readonly<Record<string, (value: unknown) => boolean>>>> = {
  Profile: { models: Array.isArray },
  Pilot: { steps: isNumber, samples: isNumber, correct: isNumber },
  Synthesize: { rows: isNumber, kept: isNumber },
  Train: { steps: isNumber },
  Evaluate: { student: isObject },
  Publish: { uri: isName, digest: isName },
};

function isWhole(stage: StageName, result: Record<string, unknown>): boolean {
  return Object.entries(essentials[stage]).every(([field, isGood]) => isGood(result[field]));
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}

/** As long as the API lets a URI be. */
function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= 1024;
}

/** A reason becomes that of a condition, whose form the API server checks. */
function isReason(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Z][A-Za-z]{0,62}$/.test(value);
}

/** Itself, or out of what it was packed into. */
function resultIn(document: Record<string, unknown>): unknown {
  return document['result'] ?? unpacked(document['packed']);
}

/** Far beyond what two dozen models take: a few bytes must not become a gigabyte. */
const mostBytes = 2 ** 18;

/** A result that was too long for a pod's message: JSON, compressed, in base64. Undefined for what is none. */
function unpacked(packed: unknown): unknown {
  if (typeof packed !== 'string') return undefined;
  try {
    return parseObject(inflateSync(Buffer.from(packed, 'base64'), { maxOutputLength: mostBytes }).toString());
  } catch {
    return undefined;
  }
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
