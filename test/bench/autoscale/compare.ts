// One workload under every policy.
import { shippedCatalogue } from '../../../src/data/catalogue.ts';
import { gpuDevice } from '../../../src/domain/planning/device.ts';
import type { Served } from '../../../src/domain/planning/serving.ts';
import { builtIn } from './built-in.ts';
import { type Profile, profileOf } from './fleet.ts';
import { hpaOnPods, keda } from './hpa.ts';
import { seeded } from './random.ts';
import { type Outcome, type Policy, simulate } from './simulate.ts';
import { drawRequests, meanLengths, type Scenario, type TraceShape } from './workload.ts';

/** The same for all policies. */
const limits = { min: 1, max: 20 };
/** Requests that may wait per replica: the CRD's default. */
const target = 4;
/** The longest time to the first token that is acceptable: twice what the longest prompts take alone, in whole seconds. */
function objectiveOf(profile: Profile, trace: TraceShape): number {
  const alone = profile.firstToken[0] ?? 0;
  return Math.ceil((2 * alone * trace.input.p99) / profile.meanInput);
}
const startSeconds = 90;

export interface Hardware {
  readonly product: string;
  readonly modelId: string;
}

export interface Result {
  readonly policy: string;
  readonly outcome: Outcome;
  readonly firstTokenSeconds: number;
}

/** Ours first. */
const policies: readonly ((firstTokenSeconds: number) => Policy)[] = [
  (firstTokenSeconds) =>
    builtIn({
      minReplicas: limits.min,
      maxReplicas: limits.max,
      idleReplicas: undefined,
      targets: { waiting: target, cacheUse: undefined, firstTokenSeconds },
      upStabilizationMs: 0,
      downStabilizationMs: 300_000,
    }),
  () => hpaOnPods(target, limits),
  () => keda(target, limits),
];

export function compare(
  scenario: Scenario,
  { trace, hardware, seed }: { trace: TraceShape; hardware: Hardware; seed: number },
): Result[] {
  const profile = profileOf(servedOn(hardware), meanLengths(trace, seeded(seed)));
  const requests = drawRequests(scenario, { trace, perReplica: profile.requestsPerSecond }, seeded(seed));
  const firstTokenSeconds = objectiveOf(profile, trace);
  const input = { requests, seconds: scenario.seconds, profile, limits, firstTokenSeconds, startSeconds, seed };
  return policies.map((make) => {
    const policy = make(firstTokenSeconds);
    return { policy: policy.name, outcome: simulate(input, policy), firstTokenSeconds };
  });
}

/** Those that beat ours in violated minutes or in GPU-hours. */
export function beaten([ours, ...others]: readonly Result[]): Result[] {
  if (ours === undefined) return [];
  return others.filter(
    ({ outcome }) => outcome.violatedMinutes < ours.outcome.violatedMinutes || outcome.gpuHours < ours.outcome.gpuHours,
  );
}

function servedOn({ product, modelId }: Hardware): Served {
  const facts = shippedCatalogue.gpus.find((gpu) => gpu.product === product);
  const model = shippedCatalogue.models.find(({ id }) => id === modelId);
  if (facts === undefined || model === undefined) throw new Error(`the catalogue lacks ${product} or ${modelId}`);
  return { model: model.facts, device: gpuDevice(facts, 1) };
}
