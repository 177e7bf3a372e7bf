/** What must hold of every status that is stored, and of every view that is given. */
import assert from 'node:assert/strict';
import { getCondition } from '../../../src/api/condition-list.ts';
import type { Job } from '../../../src/api/core.ts';
import { attemptLabel, stageLabel } from '../../../src/api/labels.ts';
import type { DistillationJobStatus, StageStatus } from '../../../src/api/v1alpha1/distillation-job.gen.ts';
import type { Action } from '../../../src/domain/distillation/decision.ts';
import { stageWords } from '../../../src/domain/distillation/stage.ts';

/** What must hold from one stored status to the next. */
export function checkTransition(before: DistillationJobStatus, after: DistillationJobStatus): void {
  assert.ok(
    Number(after.cost?.spent ?? 0) >= Number(before.cost?.spent ?? 0),
    `spent fell from ${before.cost?.spent} to ${after.cost?.spent}`,
  );
  for (const condition of after.conditions ?? []) {
    const old = getCondition(before.conditions, condition.type);
    if (old?.status === condition.status)
      assert.equal(condition.lastTransitionTime, old.lastTransitionTime, `${condition.type} kept its status`);
  }
  const ended = getCondition(before.conditions, 'Succeeded')?.status ?? 'Unknown';
  if (ended !== 'Unknown')
    assert.equal(getCondition(after.conditions, 'Succeeded')?.status, ended, 'a finished job changed its mind');
}

/** What comes from a cache is never changed: a decision that tries throws. */
export function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of value instanceof Map ? value.values() : Object.values(value)) freeze(part);
  }
  return value;
}

/** `type name`, for people and for comparisons. */
export function describe(action: Action): string {
  switch (action.type) {
    case 'create-claim':
      return `${action.type} ${action.claim.metadata.name}`;
    case 'create-claim-template':
      return `${action.type} ${action.template.metadata.name}`;
    case 'create-stage-job':
      return `${action.type} ${action.job.metadata.labels?.[stageLabel]}`;
    case 'create-deployment':
      return `${action.type} ${action.deployment.metadata.name}`;
    case 'suspend-stage-job':
      return `${action.suspend ? 'suspend' : 'resume'} ${action.name}`;
    case 'delete-stage-job':
      return `${action.type} ${action.name}`;
    case 'add-finalizer':
    case 'remove-finalizer':
      return action.type;
  }
}

/** The record of the stage and attempt that a Job runs. */
export function recordOf({ stages }: DistillationJobStatus, { metadata }: Job): StageStatus | undefined {
  const { [stageLabel]: command, [attemptLabel]: attempt } = metadata.labels ?? {};
  return stages?.find(({ name, attempt: own }) => stageWords[name].command === command && String(own) === attempt);
}
