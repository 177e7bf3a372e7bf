import assert from 'node:assert/strict';
import {
  distillationJobConditions,
  serverPoolConditions,
  studentDeploymentConditions,
} from '../../../src/api/conditions.ts';
import { codeIn, read } from './pages.ts';

const page = 'docs/troubleshooting.md';
const explained = new Set(codeIn(read(page)));

/** Nothing to shoot: work that goes on or has been done. */
const goodNews = new Set(
  `Accepted Progressing Resumed Planning Deploying Distilled Suspended
   Profiling ProfileMeasured Piloting PilotsMeasured ChoiceDecided NothingToDecide PlanSelected Synthesizing DataVerified Training TrainingComplete
   Evaluating EvaluationMeasured AccuracyReached Publishing ArtifactPublished
   QuotaReserved Admitted Scaling TargetsMet
   Available RouteAccepted RollingOut RolloutComplete Resolved PoolSelected WithinBudget
   NodesFound AtZero PriceStated PriceFound`.split(/\s+/),
);

function conditionReasons(): string[] {
  const all = [distillationJobConditions, studentDeploymentConditions, serverPoolConditions].flatMap((kind) =>
    Object.values(kind),
  );
  return all.flatMap(({ reasons }) => Object.keys(reasons));
}

interface ResultSchema {
  readonly oneOf: readonly {
    readonly properties?: {
      readonly error?: { readonly properties: { readonly reason: { readonly enum: string[] } } };
    };
  }[];
}

function stageReasons(): string[] {
  const { oneOf } = JSON.parse(read('trainer-image/schemas/stage-result.v1.json')) as ResultSchema;
  return oneOf.flatMap(({ properties }) => properties?.error?.properties.reason.enum ?? []);
}

/** A type, which is not there at run time: read off its source. */
function rejectionReasons(): string[] {
  const [, union = ''] =
    /export type RejectionReason =([\s\S]*?);/.exec(read('src/domain/planning/candidate.ts')) ?? [];
  return [...union.matchAll(/'(\w+)'/g)].map(([, reason = '']) => reason);
}

describe(page, () => {
  for (const [whose, reasons] of Object.entries({
    'a condition': conditionReasons().filter((reason) => !goodNews.has(reason)),
    'a stage': stageReasons(),
    'the planner': rejectionReasons(),
  })) {
    it(`explains every reason of ${whose} that is no good news`, () => {
      assert.notEqual(reasons.length, 0);
      assert.deepEqual(
        reasons.filter((reason) => !explained.has(reason)),
        [],
      );
    });
  }

  it('takes no reason for good news that does not exist', () => {
    const known = new Set(conditionReasons());
    assert.deepEqual(
      [...goodNews].filter((reason) => !known.has(reason)),
      [],
    );
  });
});
