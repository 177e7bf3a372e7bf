/** On what a student learns from its teacher: the text, or besides how likely the teacher finds every token. */
import type { Pair } from './pair.ts';
import type { Refusal } from './placement.ts';
import type { Loss, Strategy } from './request.ts';

type Asked = 'Auto' | Loss;

/** What a teacher finds likely is worth learning where it knows the task, and only there. */
export function lossesOf(asked: Asked, strategy: Strategy): readonly Loss[] {
  if (asked !== 'Auto') return [asked];
  return strategy === 'KnowledgeAlignment' ? ['SequenceLevel', 'Logits'] : ['SequenceLevel'];
}

/** Losses on logits need the teacher's weights, and both models to number the same tokens alike, unless what is compared is sorted. */
export function refuseLoss(pair: Pair, asked: Asked): Refusal | null {
  const { teacher, loss, comparison } = pair;
  if (loss === 'SequenceLevel') return null;
  const obstacle = obstacleOf(pair, asked);
  if (obstacle === null || (comparison.universal && teacher.facts)) return null;
  const way = asked === 'Auto' ? 'it learns from text instead' : wayOut(pair);
  const reason = teacher.facts ? 'TokenizerMismatch' : 'MethodNotApplicable';
  return { reason, message: `${loss} cannot be had, because ${obstacle}; ${way}` };
}

/** Why a pair that was left free learns from text alone; null where that was a choice. */
export function downgradeOf(pair: Pair, asked: Asked): string | null {
  const offered = lossesOf(asked, pair.strategy).includes('Logits');
  return asked === 'Auto' && offered && pair.loss === 'SequenceLevel' ? obstacleOf(pair, asked) : null;
}

function obstacleOf({ teacher, student }: Pair, asked: Asked): string | null {
  const [theirs, ours] = [teacher.option.name, student.option.name];
  if (!teacher.facts) return `an endpoint gives no logits of ${theirs}`;
  const { tokenizerDigest } = teacher.facts;
  if (tokenizerDigest !== student.facts.tokenizerDigest)
    return `${theirs} and ${ours} have different tokenizers, and tokens are compared one by one`;
  // Of a job that asks for logits by name it is the trainer that looks.
  return asked === 'Auto' && tokenizerDigest === '' ? `the tokenizers of ${theirs} and ${ours} are not known` : null;
}

function wayOut({ teacher, loss }: Pair): string {
  const text = 'set loss to SequenceLevel or Auto, which learn from text';
  return loss === 'Logits' && teacher.facts
    ? `set divergence to Universal, which compares sorted distributions, or ${text}`
    : text;
}
