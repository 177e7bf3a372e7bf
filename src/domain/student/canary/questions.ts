/** Whom a round of questions asks next, and what. */
import type { Pod } from '../../../api/core.ts';
import { revisionLabel } from '../../../api/labels.ts';
import type { AgreementSpec, StudentDeployment } from '../../../api/v1alpha1/student-deployment.gen.ts';
import { readablePods } from '../autoscale/watch.ts';
import { isCanary } from './measurement.ts';
import type { Prompt } from './prompts.ts';

/** What a student wants compared now. */
export interface Comparison {
  readonly revision: string;
  readonly spec: AgreementSpec;
}

/** While a step of a Canary is under way whose spec has a floor; undefined else. */
export function comparisonOf({ spec, status }: StudentDeployment): Comparison | undefined {
  const { agreement } = spec.rollout.analysis;
  const { revision, stepStartTime } = status?.canary ?? {};
  if (spec.rollout.strategy !== 'Canary' || agreement === undefined) return undefined;
  if (revision === undefined || stepStartTime === undefined) return undefined;
  return { revision, spec: agreement };
}

export interface Pairing {
  readonly prompt: Prompt;
  readonly candidate: Pod;
  /** Undefined where the prompt has its answer with it. */
  readonly reference: Pod | undefined;
}

/** Spread over the pods that answer clients; undefined while one of the two revisions has none. */
export function pair(
  prompts: readonly Prompt[],
  pods: readonly Pod[],
  revision: string,
): readonly Pairing[] | undefined {
  const ready = readablePods(pods);
  const candidates = ready.filter((pod) => isCanary(pod) && pod.metadata.labels?.[revisionLabel] === revision);
  const references = ready.filter((pod) => !isCanary(pod));
  const pairs = prompts.map((prompt) => {
    const candidate = candidates[prompt.line % candidates.length];
    const reference = references[prompt.line % references.length];
    if (candidate === undefined) return undefined;
    if (prompt.answer !== undefined) return { prompt, candidate, reference: undefined };
    return reference === undefined ? undefined : { prompt, candidate, reference };
  });
  return pairs.every((one) => one !== undefined) ? pairs : undefined;
}
