/** What is known about the models of a job before it runs: measured by its profile stage, or only their shape. */
import type { DistillationJob } from '../api/v1alpha1/distillation-job.gen.ts';
import { shippedCatalogue } from '../data/catalogue.ts';
import { planProfile } from '../domain/distillation/plan-inputs.ts';
import type { Profile, ProfiledModel } from '../domain/planning/request.ts';
import { isObject, type Json, readText } from './read-file.ts';
import { UsageError } from './usage-error.ts';

export interface ProfileSource {
  readonly profile: Profile;
  /** What the plan then rests on; empty for a measured profile. */
  readonly notes: readonly string[];
}

/** The file when one is named, else what the job's status holds, else the shapes of models that the catalogue knows. */
export function profileOf(job: DistillationJob, path: string | undefined): ProfileSource {
  if (path !== undefined) return { profile: readProfile(path), notes: [] };
  if (job.status?.profile !== undefined) return { profile: planProfile(job.status.profile), notes: [] };
  return unmeasured(job);
}

/** A `status.profile`, or what the profile stage reports. */
function readProfile(path: string): Profile {
  const parsed = parseJson(path);
  const profile = isObject(parsed.result) ? parsed.result : parsed;
  if (!Array.isArray(profile.models)) throw new UsageError(`${path} is not a profile: it has no list of models`);
  return planProfile(profile);
}

function parseJson(path: string): Json {
  try {
    const parsed: unknown = JSON.parse(readText(path));
    if (isObject(parsed)) return parsed;
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`${path} is not JSON`, { cause });
  }
  throw new UsageError(`${path} is not a JSON object`);
}

/** Rows that a job without a profile is assumed to train on. */
const ASSUMED_ROWS = 10_000;

function unmeasured({ spec }: DistillationJob): ProfileSource {
  const models = [
    ...spec.teachers.map(({ name, uri }) => shapeOf(name, 'Teacher', uri)),
    ...spec.students.map(({ name, uri }) => shapeOf(name, 'Student', uri)),
  ];
  const profile: Profile = {
    models,
    trainExamples: ASSUMED_ROWS,
    evaluationExamples: 0,
    meanPromptTokens: spec.constraints.serving?.inputTokens ?? 0,
    meanCompletionTokens: spec.constraints.serving?.outputTokens ?? 0,
  };
  return {
    profile,
    notes: [
      `nothing is measured yet: shapes are those of the catalogue, accuracies are unknown, ${ASSUMED_ROWS} training rows are assumed; --profile takes what the profile stage measured`,
    ],
  };
}

/** `hf://org/model`, also with a revision. */
function shapeOf(name: string, role: ProfiledModel['role'], uri: string | undefined): ProfiledModel {
  const id = uri?.replace(/^hf:\/\//, '').replace(/@.*$/, '');
  const known = shippedCatalogue.models.find((model) => model.id === id);
  const facts = known ? { ...known.facts, tokenizerDigest: known.family } : null;
  return { name, role, samples: 0, correct: 0, facts };
}
