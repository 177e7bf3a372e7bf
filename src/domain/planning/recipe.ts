import { createHash } from 'node:crypto';
import type { Loss, Method, Strategy } from './request.ts';

const TEXT: Loss = 'SequenceLevel';

/** What is trained on what and how, wherever it runs: what a trial run measures, and what a second attempt must differ in. */
export interface Recipe {
  readonly teacher: string;
  readonly student: string;
  readonly strategy: Strategy;
  readonly method: Method;
  /** Text when left out. */
  readonly loss?: Loss;
}

/** A recipe as the API writes it, where both are plain words. */
interface RecipeWords extends Pick<Recipe, 'teacher' | 'student'> {
  readonly strategy: string;
  readonly method: string;
  readonly loss?: string | undefined;
}

/** The same text for the same recipe, and for no other. */
export function recipeKey({ teacher, student, strategy, method, loss = TEXT }: RecipeWords): string {
  return [teacher, student, strategy, method, ...(loss === TEXT ? [] : [loss])].join('\n');
}

/** Readable, a DNS label, and the same for the same recipe in every plan. */
export function recipeName(recipe: Recipe): string {
  const hash = createHash('sha256').update(recipeKey(recipe)).digest('hex').slice(0, 8);
  return `${recipe.student.slice(0, 54)}-${hash}`;
}
