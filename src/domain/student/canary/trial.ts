/**
 * A Canary: the revision that served last keeps its Deployment, and the newest is tried in a second one, step by step.
 *
 *     pods come -> step begins -> pauseSeconds -> judged -- good --> next step ... -> promoted: the stable Deployment takes it
 *                                                   |-- unclear: waits
 *                                                   `-- bad: failedRevision, as of any rollout that fails
 *
 * Everything follows from status.canary and what is there: a restart of the operator only measures the step anew.
 */
import type { CanaryStatus, RolloutStep, StudentDeployment } from '../../../api/v1alpha1/student-deployment.gen.ts';
import { timestamp } from '../../time.ts';
import { lastGood, type RevisionChoice } from '../choose-revision.ts';
import { trialRoom } from '../headroom.ts';
import type { Observed } from '../observed.ts';
import { isOwn } from '../ownership.ts';
import { dividesReplicas, wantedReplicas } from '../replicas.ts';
import type { Revision } from '../revision.ts';
import {
  countsOf,
  exceededDeadline,
  isObserved,
  isStanding,
  refusal,
  type Trouble,
  troubleOf,
} from '../rollout-state.ts';
import { judgeAgreement } from './agreement.ts';
import { judge, type Verdict, worst } from './analysis.ts';
import { isCanary, stepId } from './measurement.ts';
import { leavesEnough, type Split, splitReplicas } from './split.ts';
import { isPromoted, keptStatus, position, stepsOf } from './steps.ts';
import { isWeighted, weigh, weighReplicas, type Weights } from './traffic.ts';

export interface Trial {
  readonly stable: Revision;
  readonly candidate: Revision;
  /** Undefined: no canary replica runs. */
  readonly split: Split | undefined;
  /** Of the HTTPRoute; undefined: the share is one of replicas. */
  readonly weights: Weights | undefined;
  readonly status: CanaryStatus | undefined;
  readonly report: TrialReport;
  /** What the candidate is given up for. */
  readonly failure: Trouble | undefined;
}

export interface TrialReport {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason:
    | 'CanaryStarting'
    | 'CanaryRunning'
    | 'CanaryInconclusive'
    | 'CanaryNoRoom'
    | 'CanaryFailed'
    | 'NameTaken'
    | 'Paused';
  readonly message: string;
}

export interface TrialInput {
  readonly choice: RevisionChoice;
  readonly newest: Revision;
  readonly history: readonly Revision[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Undefined when nothing is to be tried: nothing served before, nothing serves now, or what served has lost its pool. */
export function tryCandidate(observed: Observed, input: TrialInput): Trial | undefined {
  const { student, pools } = observed;
  const { choice, newest } = input;
  const stable = lastGood(student, input.history);
  if (student.spec.rollout.strategy !== 'Canary' || choice.kind !== 'newest' || stable === undefined) return undefined;
  if (stable.name === newest.name || isPromoted(student, newest.name)) return undefined;
  if (wantedReplicas(observed) === 0 || !pools.some(({ name }) => name === stable.pool)) return undefined;
  return nextStep(observed, { stable, candidate: newest }, input.now);
}

interface Tracks {
  readonly stable: Revision;
  readonly candidate: Revision;
}

function nextStep(observed: Observed, tracks: Tracks, now: number): Trial {
  const { student } = observed;
  const kept = keptStatus(student, tracks.candidate);
  // Kept also while nothing can begin: it makes the watch over the replicas look again.
  const waiting = { revision: tracks.candidate.name, step: kept?.step ?? 0 };
  const none = { ...tracks, split: undefined, weights: undefined, status: waiting, failure: undefined };
  const obstacle = findObstacle(observed);
  if (obstacle !== undefined) return { ...none, report: obstacle };
  const { index, step, previous } = position(student, kept);
  const wanted = wantedReplicas(observed);
  const begun = kept?.stepStartTime !== undefined;
  const weighted = isWeighted(observed);
  const split = splitReplicas({
    wanted,
    weightPercentage: step.weightPercentage,
    previousPercentage: previous?.weightPercentage ?? 0,
    begun,
    weighted,
    divides: dividesReplicas(observed),
    room: trialRoom(observed, tracks),
  });
  if (split === undefined) {
    const message = `no node of pool ${tracks.candidate.pool} has room for a canary replica of revision ${tracks.candidate.name}; make room, or set rollout.strategy RollingUpdate`;
    return { ...none, report: { status: 'False', reason: 'CanaryNoRoom', message } };
  }
  const share = weighted ? exactShare(split, wanted, step) : weighReplicas(split).canary;
  const before = Math.min(previous?.weightPercentage ?? 0, share);
  const weights = weighted ? weigh(begun ? share : before) : undefined;
  const status = {
    revision: tracks.candidate.name,
    step: index,
    weightPercentage: share,
    ...began(kept),
    ...agreementOf(observed, tracks.candidate, kept),
  };
  const outcome = runStep(observed, { ...tracks, split, status, step, now });
  return { ...tracks, split, weights, failure: undefined, status, ...outcome };
}

/** Where stable replicas had to make room, the rest would have more than their share: then it is one of replicas here too. */
function exactShare(split: Split, wanted: number, { weightPercentage }: RolloutStep): number {
  return leavesEnough(split, wanted, weightPercentage) ? weightPercentage : weighReplicas(split).canary;
}

/** What the step has of the last look. */
function began({ stepStartTime, message }: CanaryStatus = {}): Pick<CanaryStatus, 'stepStartTime' | 'message'> {
  return {
    ...(stepStartTime === undefined ? {} : { stepStartTime }),
    ...(message === undefined ? {} : { message }),
  };
}

/** As far as this process has come with its questions; else what is stored of them. */
function agreementOf(
  { load }: Observed,
  { name }: Revision,
  kept: CanaryStatus | undefined,
): Pick<CanaryStatus, 'agreement'> {
  const { agreement } = kept ?? {};
  const round = load?.agreement?.revision === name ? load.agreement.round : agreement;
  return round === undefined ? {} : { agreement: round };
}

function findObstacle({ student, canary }: Observed): TrialReport | undefined {
  if (canary === undefined) {
    const message = 'no canary begins while spec.paused';
    return student.spec.paused === true ? { status: 'True', reason: 'Paused', message } : undefined;
  }
  if (isOwn(canary, student)) return undefined;
  const { name } = canary.metadata;
  const message = `Deployment ${name} belongs to somebody else; delete it, or give the student another name`;
  return { status: 'False', reason: 'NameTaken', message };
}

interface Running extends Tracks {
  readonly split: Split;
  readonly status: CanaryStatus & { readonly step: number };
  readonly step: RolloutStep;
  readonly now: number;
}

type Outcome = Pick<Trial, 'report'> & Partial<Pick<Trial, 'status' | 'failure'>>;

function runStep(observed: Observed, running: Running): Outcome {
  const { candidate, split, status, now } = running;
  const { canary, student } = observed;
  const trouble = refusal(canary) ?? troubleOf(observed.pods.filter(isCanary), candidate.name);
  const counts = countsOf(canary);
  const seen = canary !== undefined && isObserved(canary, candidate.name);
  const progress = `revision ${candidate.name}: ${seen ? counts.available : 0} of ${split.canary} canary replica(s) available`;
  const message = trouble === undefined ? progress : `${progress}; ${trouble.message}`;
  if (seen && exceededDeadline(canary)) {
    return failed(student, trouble ?? { reason: 'ProgressDeadlineExceeded', message });
  }
  if (status.stepStartTime !== undefined) return judgeStep(observed, running, trouble);
  const whole = seen && [counts.total, counts.updated, counts.available].every((count) => count === split.canary);
  if (!whole) return { report: { status: 'True', reason: 'CanaryStarting', message } };
  const begun = { ...status, stepStartTime: timestamp(now) };
  return { status: begun, report: { status: 'True', reason: 'CanaryRunning', message: words(student, running) } };
}

function judgeStep(observed: Observed, running: Running, trouble: Trouble | undefined): Outcome {
  const { student, load } = observed;
  const { status, step, now } = running;
  const isOver = now >= Date.parse(status.stepStartTime ?? '') + step.pauseSeconds * 1000;
  const measured = load?.trial?.id === stepId(student.status?.canary) ? load?.trial : undefined;
  const { analysis } = student.spec.rollout;
  const verdict = worst(judge(measured, analysis, isOver), judgeAgreement(status.agreement, analysis));
  if (verdict.kind === 'bad') return failed(student, verdict);
  if (isOver && isStanding(trouble)) return failed(student, trouble);
  if (student.spec.paused === true) {
    const message = `${words(student, running)}; held by spec.paused`;
    return { report: { status: 'True', reason: 'Paused', message } };
  }
  if (!isOver) return { report: { status: 'True', reason: 'CanaryRunning', message: words(student, running) } };
  return finishStep(student, running, verdict);
}

function finishStep(student: StudentDeployment, running: Running, { kind, message }: Verdict): Outcome {
  const said = words(student, running);
  if (kind !== 'good') {
    return { report: { status: 'Unknown', reason: 'CanaryInconclusive', message: `${said}; ${message}` } };
  }
  const { stepStartTime: _, ...status } = running.status;
  const next = {
    ...status,
    step: status.step + 1,
    message: `step ${status.step + 1} was good: ${message}`.slice(0, 1024),
  };
  return { status: next, report: { status: 'True', reason: 'CanaryRunning', message: `${said}; ${next.message}` } };
}

/** Whether it goes back is the spec's to say; else the canary stands for somebody to look at. */
function failed({ spec }: StudentDeployment, { reason, message }: Trouble): Outcome {
  const failure = spec.rollout.autoRollback ? { reason, message } : undefined;
  return { failure, report: { status: 'False', reason: 'CanaryFailed', message: `${reason}: ${message}` } };
}

function words(student: StudentDeployment, { candidate, status, step }: Running): string {
  const { length } = stepsOf(student.spec);
  return `step ${status.step + 1} of ${length}: revision ${candidate.name} takes ${status.weightPercentage} % of the requests for ${step.pauseSeconds} s`;
}
