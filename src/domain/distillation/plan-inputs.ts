/** Maps the job and what was measured to what the planner asks for. */
import type {
  DistillationJobSpec,
  ModelFacts,
  ModelProfile,
  Profile,
} from '../../api/v1alpha1/distillation-job.gen.ts';
import { noCeiling } from '../pod-ceiling.ts';
import { type CalibrationFactor, isOfServing } from '../planning/calibration.ts';
import { type NamespaceRules, placementUnder } from '../quota/allowance.ts';
import { hubIdOf } from '../planning/licence.ts';
import type { PlanInputs, PlanRequest, ProfiledModel, Profile as PlanProfile } from '../planning/request.ts';
import type { ModelFacts as PlanFacts } from '../planning/model-facts.ts';
import type { Draft } from './draft.ts';
import type { Look } from './look.ts';
import type { Settings } from './observed.ts';
import { pilotResults } from './pilot-list.ts';
import { optional } from './result-fields.ts';

export function planInputs({ draft, observed, settings }: Look): PlanInputs {
  const request = planRequest(draft.job.spec, observed);
  const pilots = pilotResults(draft.status.pilots);
  return {
    request: pilotsToCome(draft) ? { ...request, strategy: { ...request.strategy, open: true } } : request,
    profile: planProfile(draft.status.profile),
    pools: observed.pools,
    calibration: calibrationFor(draft.job.spec, observed.calibration, settings),
    ...optional('pilots', pilots.length === 0 ? undefined : pilots),
    today: draft.timestamp.slice(0, 10),
  };
}

/** Of the software that would run: the trainer's image for what a job does, the server's for what its student will. */
export function calibrationFor(
  { image, deployment }: DistillationJobSpec,
  factors: readonly CalibrationFactor[],
  { trainerImage, servingImage }: Pick<Settings, 'trainerImage' | 'servingImage'>,
): readonly CalibrationFactor[] {
  const trainer = image ?? trainerImage;
  const server = deployment?.spec?.runtime?.image ?? servingImage;
  return factors.filter(({ quantity, version }) => version === (isOfServing(quantity) ? server : trainer));
}

/** Whether trial runs may still be made, so that nothing has to be decided by a guess yet. */
export function pilotsToCome(draft: Draft): boolean {
  return draft.job.spec.search.maxPilots > 0 && draft.getCondition('Piloted')?.status !== 'True';
}

const unruled: NamespaceRules = { quotas: [], podCeiling: noCeiling };

export function planRequest(spec: DistillationJobSpec, rules: NamespaceRules = unruled): PlanRequest {
  return {
    teachers: spec.teachers.map(({ name, uri, endpoint }) => ({
      name,
      ...optional('hubId', hubIdOf(uri)),
      ...optional('endpoint', endpoint === undefined ? undefined : { ...endpoint.pricing }),
    })),
    students: spec.students.map(({ name, uri }) => ({ name, ...optional('hubId', hubIdOf(uri)) })),
    strategy: {
      mode: spec.strategy.mode,
      alignmentThreshold: Number(spec.strategy.alignmentThreshold),
      samplesPerPrompt: spec.strategy.samplesPerPrompt,
      rationale: spec.strategy.rationale !== 'None',
    },
    training: trainingRequest(spec),
    constraints: constraintsOf(spec),
    objective:
      spec.objective.weights === undefined
        ? { policy: spec.objective.policy ?? 'Balanced' }
        : { weights: spec.objective.weights },
    placement: placementUnder(spec.placement, rules),
    // As it is published, or else what the deployment will be told to do while loading.
    quantizations: [
      spec.output.quantization === 'None'
        ? (spec.deployment?.spec?.runtime?.quantization ?? 'None')
        : spec.output.quantization,
    ],
    quantizedBy: spec.output.quantization === 'None' ? 'Server' : 'Publication',
  };
}

/** What this version trains: `Auto` means whole weights, and adapters where these do not fit. QLoRA has never run on a GPU. */
function trainingRequest({ training, synthesis, students }: DistillationJobSpec): PlanRequest['training'] {
  // The students that the image ships have no weights, on which adapters would learn nothing; and they always fit.
  const shipped = students.some(({ uri }) => uri.startsWith('builtin://'));
  return {
    method: training.method === 'Auto' ? 'Full' : training.method,
    ...optional('fallbackMethod', training.method === 'Auto' && !shipped ? ('LoRA' as const) : undefined),
    loss: training.loss,
    comparison: { topTokens: training.topTokens ?? 0, universal: training.divergence === 'Universal' },
    batchSize: training.batchSize ?? 16,
    maxSequenceLength: training.maxSequenceLength ?? 1024,
    epochs: training.epochs ?? 3,
    maxSteps: training.maxSteps ?? 0,
    maxRows: synthesis.maxRows ?? 0,
    ...optional('checkpointSeconds', training.checkpointPeriodSeconds),
  };
}

function constraintsOf({ constraints }: DistillationJobSpec): PlanRequest['constraints'] {
  const { minAccuracy, maxTrainingSeconds, budget, serving } = constraints;
  return {
    ...optional('minAccuracy', minAccuracy === undefined ? undefined : Number(minAccuracy)),
    ...optional('maxTrainingSeconds', maxTrainingSeconds),
    ...optional('budget', budget === undefined ? undefined : { currency: budget.currency, amount: budget.amount }),
    ...optional('serving', servingOf(serving)),
    allowUnknownPrice: budget?.allowUnknownPrices ?? true,
  };
}

type ServingSpec = DistillationJobSpec['constraints']['serving'];

function servingOf(serving: ServingSpec): PlanRequest['constraints']['serving'] {
  if (serving === undefined) return undefined;
  const { requestsPerSecond, ...rest } = serving;
  return {
    ...rest,
    ...optional('requestsPerSecond', requestsPerSecond === undefined ? undefined : Number(requestsPerSecond)),
  };
}

export function planProfile(profile: Profile | undefined): PlanProfile {
  return {
    models: (profile?.models ?? []).map(profiledModel),
    trainExamples: profile?.trainExamples ?? 0,
    evaluationExamples: profile?.evaluationExamples ?? 0,
    meanPromptTokens: Number(profile?.meanPromptTokens ?? 0),
    meanCompletionTokens: Number(profile?.meanCompletionTokens ?? 0),
  };
}

function profiledModel({ name, role, samples, correct, facts }: ModelProfile): ProfiledModel {
  return { name, role, samples, correct, facts: completeFacts(facts) };
}

/** Facts are used whole or not at all: an estimate from half of them would look like a measured one. */
function completeFacts(facts: ModelFacts | undefined): PlanFacts | null {
  if (facts === undefined) return null;
  const { parameters, layers, hiddenSize, heads, kvHeads, headSize, intermediateSize, vocabularySize } = facts;
  const sizes = { parameters, layers, hiddenSize, heads, kvHeads, headSize, intermediateSize, vocabularySize };
  if (Object.values(sizes).some((value) => value === undefined)) return null;
  return {
    ...(sizes as Record<keyof typeof sizes, number>),
    tiedEmbeddings: facts.tiedEmbeddings ?? false,
    maxPositions: facts.maxPositions ?? 0,
    bytesPerParameter: Number(facts.bytesPerParameter ?? 2),
    tokenizerDigest: facts.tokenizerDigest ?? '',
    architecture: facts.architecture ?? '',
  };
}
