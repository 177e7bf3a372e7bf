/**
 * Whether the answers of a revision on trial agree with those of the stable one, or with answers that were given. The round is a
 * tally in status: a new process goes on where the last one stopped.
 */
import type { AgreementStatus, RolloutAnalysis } from '../../../api/v1alpha1/student-deployment.gen.ts';
import { wilson } from '../../statistics.ts';
import type { Prompt } from './prompts.ts';
import { type Match, similarity } from './similarity.ts';

/** What came of asking one pod. */
export type Answer =
  | { readonly text: string }
  /** The server has said that it does not take the prompt: too long, or malformed. */
  | { readonly refusal: string }
  /** Nobody answered; asked again, the next time may be better. */
  | { readonly trouble: string };

export interface Exchange {
  readonly prompt: Prompt;
  readonly candidate: Answer;
  /** Of the stable revision, or what the prompt came with. */
  readonly reference: Answer;
}

/** Before there are prompts. */
export const nothingAsked: AgreementStatus = { asked: 0, compared: 0, agreed: '0' };

/** Where a round stands: on from `stored` where that is of the same prompts. A larger sample begins with the smaller one. */
export function beginRound(promptsDigest: string, total: number, stored: AgreementStatus | undefined): AgreementStatus {
  const same = stored?.promptsDigest === promptsDigest;
  return same ? withMessage({ ...stored, total }, undefined) : { promptsDigest, total, ...nothingAsked };
}

export function isFinished({ asked, total = 0 }: AgreementStatus): boolean {
  return asked >= total;
}

/** Adds exchanges in the order of the sample, up to the first that has to be repeated. */
export function addExchanges(round: AgreementStatus, exchanges: readonly Exchange[], match: Match): AgreementStatus {
  let next: AgreementStatus = withMessage(round, undefined);
  for (const exchange of exchanges) {
    const trouble = troubleOf(exchange);
    if (trouble !== undefined) return withMessage(next, trouble);
    next = addExchange(next, exchange, match);
  }
  return next;
}

function troubleOf({ candidate, reference }: Exchange): string | undefined {
  if ('trouble' in reference) return reference.trouble;
  return 'trouble' in candidate ? candidate.trouble : undefined;
}

/** The bounds in the CRD. */
const mostDiffering = 10;
const longestMessage = 1024;

function addExchange(
  round: AgreementStatus,
  { prompt, candidate, reference }: Exchange,
  match: Match,
): AgreementStatus {
  const asked = round.asked + 1;
  // What the stable revision does not take either says nothing of the candidate.
  if (!('text' in reference)) return { ...round, asked };
  const score = 'text' in candidate ? similarity(match, candidate.text, reference.text) : 0;
  const differing = [...(round.differing ?? []), ...(score < 1 ? [prompt.line] : [])].slice(0, mostDiffering);
  return {
    ...round,
    asked,
    compared: round.compared + 1,
    agreed: String(Number((Number(round.agreed) + score).toFixed(3))),
    ...(differing.length === 0 ? {} : { differing }),
  };
}

/** `message` says what keeps the round from going on; undefined when nothing does. */
export function withMessage(round: AgreementStatus, message: string | undefined): AgreementStatus {
  const { message: _, ...rest } = round;
  return message === undefined ? rest : { ...rest, message: message.slice(0, longestMessage) };
}

export type AgreementVerdict =
  | { readonly kind: 'good'; readonly message: string }
  | { readonly kind: 'bad'; readonly reason: 'CanaryDisagrees'; readonly message: string }
  | { readonly kind: 'unclear'; readonly message: string };

/** 95 %, one-sided. */
const z = 1.645;
/**
 * A round is looked at after each batch: before its end only what chance hardly does ends it. Together they take back less than one
 * candidate in twenty that is as good as the floor.
 */
const bad = { atEnd: 1.96, before: 3.09, fewest: 16 };

/**
 * Good once the round is over and the lower end of the interval reaches the floor, so that few answers never promote; bad when even
 * the upper end does not. Undefined when nobody asked for agreement. A share of words counts like so many answers: it varies less
 * than answers that agree or do not, so the interval is rather too wide.
 */
export function judgeAgreement(
  round: AgreementStatus | undefined,
  { minAgreement }: RolloutAnalysis,
): AgreementVerdict | undefined {
  if (minAgreement === undefined) return undefined;
  if (round === undefined || round.compared === 0) {
    const message = round?.message ?? 'no answers were compared yet';
    return { kind: 'unclear', message: `the answers of the two revisions cannot be compared: ${message}` };
  }
  const floor = Number(minAgreement);
  const tally = `${round.agreed} of ${round.compared} answers agree; the floor is ${minAgreement}`;
  if (isBelow(round, floor)) return { kind: 'bad', reason: 'CanaryDisagrees', message: `${tally}${lines(round)}` };
  const { low = 0 } = intervalOf(round, z);
  if (isFinished(round) && low >= floor) return { kind: 'good', message: tally };
  return { kind: 'unclear', message: `${tally}; ${openQuestion(round)}` };
}

function isBelow(round: AgreementStatus, floor: number): boolean {
  if (isFinished(round)) return (intervalOf(round, bad.atEnd).high ?? 1) < floor;
  return round.compared >= bad.fewest && (intervalOf(round, bad.before).high ?? 1) < floor;
}

function intervalOf({ agreed, compared }: AgreementStatus, width: number): { low?: number; high?: number } {
  return wilson(Number(agreed), compared, width) ?? {};
}

function lines({ differing = [] }: AgreementStatus): string {
  return differing.length === 0 ? '' : `; answers differ to the prompts in lines ${differing.join(', ')}`;
}

function openQuestion(round: AgreementStatus): string {
  if (round.message !== undefined) return round.message;
  if (!isFinished(round)) return `${round.asked} of ${round.total ?? 0} prompts were asked`;
  return `only more prompts can tell whether that is chance: add some, or raise agreement.sampleSize${lines(round)}`;
}
