/** How far two answers agree, by what can be told of two texts without a model. */
import type { AgreementSpec } from '../../../api/v1alpha1/student-deployment.gen.ts';

export type Match = AgreementSpec['match'];

/** From 0 to 1. Case, spacing and Unicode's several ways to write a letter do not count. */
export function similarity(match: Match, one: string, other: string): number {
  const [left, right] = [words(one), words(other)];
  if (match === 'Exact') return left.join(' ') === right.join(' ') ? 1 : 0;
  return tokenF1(left, right);
}

function words(text: string): string[] {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** The harmonic mean of precision and recall over words as bags, as SQuAD scores answers; two empty ones agree. */
function tokenF1(left: readonly string[], right: readonly string[]): number {
  if (left.length === 0 || right.length === 0) return left.length === right.length ? 1 : 0;
  const counts = new Map<string, number>();
  for (const word of left) counts.set(word, (counts.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of right) {
    const count = counts.get(word) ?? 0;
    if (count === 0) continue;
    counts.set(word, count - 1);
    common += 1;
  }
  return (2 * common) / (left.length + right.length);
}
