/**
 * What APIs, of teachers and of the judge, charge for a stage: the tokens that its pods tell, at the prices of the spec.
 *
 * A pod tells what its shard was charged over all its restarts, so the newest message of a shard is the whole of it. What
 * of that is in the job's total already stands in the stage's record: a stage that fails and is tried again pays once.
 */
import type { Pod } from '../../api/core.ts';
import type { DistillationJobSpec, StageStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import {
  addMoney,
  compareMoney,
  costOfTokens,
  formatMoney,
  type Money,
  parseMoney,
  scaleMoney,
  subtractMoney,
  ZERO_MONEY,
} from '../money.ts';
import { terminationMessage } from '../pod-trouble.ts';
import type { Draft } from './draft.ts';
import { shardOf } from './job-state.ts';
import { integer, type StageResult, text } from './result-fields.ts';
import { spend } from './spend.ts';
import { parseStageMessage } from './stage-result.ts';
import type { StageName } from './stage.ts';

type Pricing = NonNullable<DistillationJobSpec['teachers'][number]['endpoint']>['pricing'];

interface Account {
  readonly role: string;
  readonly name: string;
  readonly pricing: Pricing;
}

/** Adds to the job's total what of the bill is new, and gives the record that says so; both belong into one status. */
export function chargeEndpoints(draft: Draft, record: StageStatus, pods: readonly Pod[]): StageStatus {
  const usages = [...usageByShard(record.name, pods).values()].flat();
  if (usages.length === 0) return record;
  const costs = usages.map((usage) => costOf(draft.job.spec, usage));
  const known = addMoney(ZERO_MONEY, ...costs.filter((cost) => cost !== undefined));
  const before = amountOf(record.endpointCost);
  const total = compareMoney(known, before) > 0 ? known : before;
  spend(draft, record.name, subtractMoney(total, before));
  if (costs.includes(undefined)) spend(draft, record.name, undefined);
  return { ...record, endpointCost: formatMoney(total) };
}

/**
 * The most that each pod of a stage may spend on APIs, over all the stage's restarts; undefined where nothing limits it.
 * @param most a narrower limit, such as that of a trial run.
 */
export function endpointBudget({ job, status }: Draft, record: StageStatus, most?: string): string | undefined {
  const { spec } = job;
  const budget = spec.constraints.budget;
  if (budget === undefined || accountsOf(spec).length === 0) return undefined;
  const others = subtractMoney(amountOf(status.cost?.spent), amountOf(record.endpointCost));
  const unspent = subtractMoney(amountOf(budget.amount), others);
  const left = most !== undefined && compareMoney(amountOf(most), unspent) < 0 ? amountOf(most) : unspent;
  const shards = record.name === 'Synthesize' ? spec.synthesis.shards : 1;
  return formatMoney(compareMoney(left, ZERO_MONEY) > 0 ? share(left, shards) : ZERO_MONEY);
}

/** Rounded down: all shards together stay within the whole. */
function share(amount: Money, shards: number): Money {
  const part = scaleMoney(amount, 1n, BigInt(shards));
  const over = part * BigInt(shards) > amount;
  return (over ? part - 1n : part) as Money;
}

function usageByShard(stage: StageName, pods: readonly Pod[]): Map<number, readonly StageResult[]> {
  const oldestFirst = [...pods].sort((a, b) => created(a).localeCompare(created(b)));
  const found = new Map<number, readonly StageResult[]>();
  for (const pod of oldestFirst) {
    const message = parseStageMessage(stage, terminationMessage(pod));
    if (message.kind !== 'unreadable' && message.usage.length > 0) found.set(shardOf(pod), message.usage);
  }
  return found;
}

function created({ metadata }: Pod): string {
  return metadata.creationTimestamp ?? '';
}

function accountsOf({ teachers, task }: DistillationJobSpec): Account[] {
  const { judge } = task.metric;
  return [
    ...teachers.flatMap(({ name, endpoint }) =>
      endpoint === undefined ? [] : [{ role: 'Teacher', name, pricing: endpoint.pricing }],
    ),
    ...(judge === undefined ? [] : [{ role: 'Judge', name: judge.endpoint.model, pricing: judge.endpoint.pricing }]),
  ];
}

/** Undefined when nobody knows: an account without prices is no free one, and one that is not in the spec has none. */
function costOf(spec: DistillationJobSpec, usage: StageResult): Money | undefined {
  const account = accountsOf(spec).find(
    ({ role, name }) => role === text(usage, 'role') && name === text(usage, 'name'),
  );
  const input = parseMoney(account?.pricing?.inputPerMillionTokens ?? '');
  const output = parseMoney(account?.pricing?.outputPerMillionTokens ?? '');
  if (input === null || output === null) return undefined;
  return addMoney(
    costOfTokens(input, integer(usage, 'promptTokens')),
    costOfTokens(output, integer(usage, 'completionTokens')),
  );
}

function amountOf(text: string | undefined): Money {
  return parseMoney(text ?? '0') ?? ZERO_MONEY;
}
