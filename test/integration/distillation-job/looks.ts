// What the scenarios of a DistillationJob ask again and again.
import type { Condition } from '../../../src/api/condition-list.ts';
import type { StageStatus } from '../../../src/api/v1alpha1/distillation-job.gen.ts';
import type { Team } from '../../support/cluster-team.ts';

export async function done(team: Team, withinMs = 90_000): Promise<Condition> {
  return await team.jobCondition('Succeeded', { status: 'True' }, { withinMs });
}

/** `STATUS REASON` by type. */
export async function conditionsOf(team: Team): Promise<Record<string, string>> {
  const { conditions = [] } = (await team.job()).status ?? {};
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}

export async function stageOf(team: Team, name: string): Promise<StageStatus | undefined> {
  return (await team.job()).status?.stages?.find((stage) => stage.name === name);
}
