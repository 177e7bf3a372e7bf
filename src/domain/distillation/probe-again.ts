/** Repeats the probe with more examples where the first one does not decide the strategy, and the limits allow it. */
import { moneyToNumber, parseMoney, ZERO_MONEY } from '../money.ts';
import { largerProbe } from '../planning/probe-size.ts';
import type { Draft } from './draft.ts';
import { moneyForTrials } from './money-for-trials.ts';
import type { Probe } from './stage-document.ts';

/** The probe that is wanted now; null when what is known is as good as it gets. */
export function wantedProbe({ job, status }: Draft): Probe | null {
  const { spec } = job;
  const { profile } = status;
  if (profile === undefined || spec.strategy.mode !== 'Auto') return null;
  const teachers = (profile.models ?? []).filter(({ role }) => role === 'Teacher');
  const probe = largerProbe(teachers, {
    threshold: Number(spec.strategy.alignmentThreshold),
    firstSamples: spec.task.probeSamples,
    lastSamples: profile.probeSamples ?? spec.task.probeSamples,
    examples: profile.trainExamples ?? 0,
  });
  if (probe === null || profile.nextProbeSamples !== undefined) return probe;
  return isAffordable(probe.samples, status, spec) ? probe : null;
}

/** All that was spent so far was spent on probes: one of so many times the examples costs so many times as much. */
function isAffordable(samples: number, { cost, profile }: Draft['status'], spec: Draft['job']['spec']): boolean {
  const spent = parseMoney(cost?.spent ?? '0') ?? ZERO_MONEY;
  const { budget } = spec.constraints;
  const money = moneyForTrials(budget?.amount, spec.search.maxBudgetFraction, { total: spent, ofTrials: ZERO_MONEY });
  const last = profile?.probeSamples ?? spec.task.probeSamples;
  return money === null || moneyToNumber(spent) * (samples / last) <= moneyToNumber(money);
}

/** Stores the intent: until its result is recorded, the probe under way is this one. What the last one paid stays on its record. */
export function intendProbe(draft: Draft, { samples, teachers }: Probe): void {
  const message = `${teachers.join(', ')} stand on neither side of the threshold: asking ${samples} examples`;
  draft.status.profile = { ...draft.status.profile, nextProbeSamples: samples };
  draft.condition({ type: 'Profiled', status: 'Unknown', reason: 'Profiling', message });
  draft.event({ type: 'Normal', reason: 'ProbeRepeated', action: 'Profile', note: message });
}

/** A larger probe that fails costs the job nothing but the probe: the first one stands. */
export function giveUpProbe(draft: Draft, { samples }: Probe): void {
  const { nextProbeSamples: _failed, ...profile } = draft.status.profile ?? {};
  draft.status.profile = { ...profile, probeSamples: samples };
  const message = `the larger probe failed (${draft.status.lastFailure?.message ?? 'no reason given'}); the first one stands`;
  const record = draft.stage('Profile');
  if (record !== undefined) draft.putStage({ ...record, state: 'Skipped', message });
  draft.condition({ type: 'Profiled', status: 'True', reason: 'ProfileMeasured', message });
}
