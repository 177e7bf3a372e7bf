/** What a teacher behind an API charges for a stage: its tokens at the prices of the spec. Unknown prices stay unknown. */
import type { DistillationJobSpec } from '../../api/v1alpha1/distillation-job.gen.ts';
import { addMoney, costOfTokens, formatMoney, type Money, parseMoney, ZERO_MONEY } from '../money.ts';
import { findCandidate } from './candidate-choice.ts';
import type { Draft } from './draft.ts';
import { integer, list, record, type StageResult, text } from './result-fields.ts';
import type { StageName } from './stage.ts';

interface Usage {
  readonly teacher: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Adds it to the job's total; called once per stage, with the status that records the stage as done. */
export function chargeTeachers(draft: Draft, stage: StageName, results: readonly StageResult[]): void {
  for (const usage of results.flatMap((result) => usagesOf(draft, stage, result))) {
    const teacher = draft.job.spec.teachers.find(({ name }) => name === usage.teacher);
    if (teacher?.endpoint === undefined || usage.promptTokens + usage.completionTokens === 0) continue;
    addToTotal(draft, price(teacher.endpoint.pricing, usage));
  }
}

function usagesOf(draft: Draft, stage: StageName, result: StageResult): Usage[] {
  const chosen = findCandidate(draft.status.plan, draft.status.attempts?.at(-1)?.candidate)?.teacher ?? '';
  if (stage === 'Profile') {
    const teachers = list(result, 'models').filter((entry) => text(entry, 'role') === 'Teacher');
    return teachers.map((entry) => ({ teacher: text(entry, 'name'), ...tokens(entry) }));
  }
  if (stage === 'Synthesize') return [{ teacher: chosen, ...tokens(result) }];
  if (stage === 'Evaluate') return [{ teacher: chosen, ...evaluated(draft, result) }];
  return [];
}

function tokens(entry: StageResult): Omit<Usage, 'teacher'> {
  return { promptTokens: integer(entry, 'promptTokens'), completionTokens: integer(entry, 'completionTokens') };
}

/** The evaluation tells means only; prompts are as long as those of the probe. */
function evaluated(draft: Draft, result: StageResult): Omit<Usage, 'teacher'> {
  const teacher = record(result, 'teacher') ?? {};
  const samples = integer(teacher, 'samples');
  const meanPrompt = Number(draft.status.profile?.meanPromptTokens ?? 0);
  const meanCompletion = Number(teacher['meanCompletionTokens'] ?? 0);
  return { promptTokens: Math.ceil(samples * meanPrompt), completionTokens: Math.ceil(samples * meanCompletion) };
}

type Pricing = NonNullable<DistillationJobSpec['teachers'][number]['endpoint']>['pricing'];

function price(pricing: Pricing, { promptTokens, completionTokens }: Usage): Money | undefined {
  const input = parseMoney(pricing?.inputPerMillionTokens ?? '');
  const output = parseMoney(pricing?.outputPerMillionTokens ?? '');
  if (input === null || output === null) return undefined;
  return addMoney(costOfTokens(input, promptTokens), costOfTokens(output, completionTokens));
}

function addToTotal(draft: Draft, amount: Money | undefined): void {
  const currency = draft.job.spec.constraints.budget?.currency ?? 'USD';
  const total = draft.status.cost ?? { spent: '0', currency };
  const spent = parseMoney(total.spent) ?? ZERO_MONEY;
  draft.status.cost =
    amount === undefined ? { ...total, unknown: true } : { ...total, spent: formatMoney(addMoney(spent, amount)) };
}
