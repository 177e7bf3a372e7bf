/** Measures what teachers and students know of the task, before anything is planned. */
import type { DistillationJobSpec, StageStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { Catalogue } from '../planning/catalogue.ts';
import { choosePool } from '../planning/pools-for-stage.ts';
import type { PoolChoice } from '../pool-choice.ts';
import { type NamespaceRules, placementUnder } from '../quota/allowance.ts';
import { choicePool } from './candidate-choice.ts';
import type { Look } from './look.ts';
import { failJob } from './finish.ts';
import { pendingRecord } from './pending-record.ts';
import { giveUpProbe, intendProbe, wantedProbe } from './probe-again.ts';
import { runStage } from './run-stage.ts';
import type { Probe } from './stage-document.ts';
import { workspaceClaimOf } from './workspace.ts';

export function profileModels(look: Look): 'continue' | 'stop' {
  const { draft } = look;
  const record = draft.stage('Profile');
  const wanted = wantedProbe(draft);
  if (record?.state === 'Succeeded' || record?.state === 'Skipped') return probeAgain(look, record, wanted);
  return probe(look, draft.status.profile?.nextProbeSamples === undefined ? undefined : (wanted ?? undefined));
}

/** Once there is a plan, no probe changes it: not even when the budget is raised later. */
function probeAgain({ draft, observed }: Look, record: StageStatus, wanted: Probe | null): 'continue' | 'stop' {
  const pool = choicePool(observed.pools, record, draft.status);
  if (wanted === null || draft.status.plan !== undefined || pool === undefined) return 'continue';
  intendProbe(draft, wanted);
  draft.putStage(pendingRecord({ draft, stage: 'Profile', pool, part: partOf(wanted), before: record }));
  return 'stop';
}

function partOf({ samples }: Probe): string {
  return `${samples} examples`;
}

/** @param larger what a repeated probe asks; undefined for the first one, which asks all models what the job says. */
function probe({ draft, observed, settings }: Look, larger: Probe | undefined): 'continue' | 'stop' {
  const { job } = draft;
  const record = draft.stage('Profile');
  const pool =
    record === undefined
      ? profilePool(observed.pools, placedUnder(job.spec, observed), settings.catalogue)
      : choicePool(observed.pools, record, draft.status);
  const outcome = runStage({
    draft,
    observed,
    settings,
    stage: 'Profile',
    choice: undefined,
    pool,
    workspaceClaim: workspaceClaimOf(job),
    part: larger === undefined ? undefined : partOf(larger),
    probe: larger,
  });
  if (outcome === 'failed' && larger !== undefined) {
    giveUpProbe(draft, larger);
    return 'stop';
  }
  if (outcome === 'failed') {
    const failure = draft.status.lastFailure;
    failJob(draft, failure?.reason ?? 'ProfileFailed', `profile: ${failure?.message ?? 'the stage failed'}`);
  }
  return outcome === 'done' ? 'continue' : 'stop';
}

/** The spec, kept to the pools that the namespace's quotas allow. */
export function placedUnder(spec: DistillationJobSpec, rules: NamespaceRules): DistillationJobSpec {
  return { ...spec, placement: placementUnder(spec.placement, rules) };
}

/** The cheapest pool that holds the largest model; with GPUs when the cluster has any, since the models' sizes may be unknown yet. */
export function profilePool(
  pools: Look['observed']['pools'],
  spec: DistillationJobSpec,
  catalogue: Catalogue,
): PoolChoice | undefined {
  const bytes = Math.max(0, ...[...spec.teachers, ...spec.students].map((model) => knownBytes(model, catalogue)));
  const { placement } = spec;
  const withGpu = choosePool(pools, { bytes, gpus: 1, placement });
  if (withGpu !== null) return { pool: withGpu, gpus: 1 };
  const without = choosePool(pools, { bytes, gpus: 0, placement });
  return without === null ? undefined : { pool: without, gpus: 0 };
}

type Model = { readonly uri?: string; readonly architecture?: { readonly parameters?: number } };

/** Weights in 16 bits; 0 when nobody has said how large the model is. */
function knownBytes({ uri, architecture }: Model, catalogue: Catalogue): number {
  const known = catalogue.models.find((model) => `hf://${model.id}` === uri);
  return (architecture?.parameters ?? known?.facts.parameters ?? 0) * 2;
}
