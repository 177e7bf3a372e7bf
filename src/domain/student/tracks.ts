/** The Deployment of a student, and the second one while a Canary is on trial or a Deployment of an older version is succeeded. */
import type { Deployment } from '../../api/core.ts';
import { promote } from './canary/promotion.ts';
import type { Split } from './canary/split.ts';
import { isWeighted, weighReplicas, type Weights } from './canary/traffic.ts';
import { type Trial, tryCandidate } from './canary/trial.ts';
import { canaryActions, deploymentActions } from './children.ts';
import { lastGood, type RevisionChoice } from './choose-revision.ts';
import type { Action } from './decision.ts';
import { rolloutRoom } from './headroom.ts';
import type { Observed } from './observed.ts';
import type { PlacedModel } from './placement.ts';
import { type Scale, scaleOf } from './replicas.ts';
import type { Revision } from './revision.ts';
import type { StatusDraft } from './status.ts';
import { succeed, type Succession } from './succession.ts';
import { buildCanary, buildDeployment } from './workload.ts';

export interface TracksInput {
  readonly draft: StatusDraft;
  readonly choice: Exclude<RevisionChoice, { readonly kind: 'unknown' }>;
  readonly newest: Revision;
  readonly history: readonly Revision[];
  readonly placed: PlacedModel;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Tracks {
  readonly actions: readonly Action[];
  /** Undefined: the Service spreads requests over all replicas. */
  readonly traffic: Traffic | undefined;
}

export interface Traffic {
  readonly weights: Weights;
  /** Only the gateway's requests are tried on the canary, so that its share is the one that is said. */
  readonly service: 'stable' | undefined;
}

export function runTracks(observed: Observed, input: TracksInput): Tracks {
  const { choice, newest, history } = input;
  const serving = choice.kind === 'newest' ? (lastGood(observed.student, history) ?? newest) : choice.revision;
  const succession = succeed(observed, serving);
  return succession === undefined
    ? rollTracks(observed, input)
    : succeedTracks(observed, input, { serving, succession });
}

function succeedTracks(
  observed: Observed,
  { draft, choice, newest, history, placed }: TracksInput,
  { serving, succession }: { readonly serving: Revision; readonly succession: Succession },
): Tracks {
  const { deployment, limitation } = buildStable(observed, { revision: serving, placed, scale: scaleOf(observed) });
  draft.rollout({ choice, newest, history, limitation, promoting: false, succession: succession.message });
  const first = succession.appliesFirst ? deploymentActions(observed.deployment, deployment) : [];
  return { actions: [...first, ...succession.actions], traffic: undefined };
}

function rollTracks(observed: Observed, { draft, placed, ...input }: TracksInput): Tracks {
  const { choice, newest, history } = input;
  const trial = tryCandidate(observed, input);
  const promotion = promote(observed, input);
  const split = trial?.split ?? promotion;
  const revision = trial?.stable ?? choice.revision;
  const { isOurs, replicas } = scaleOf(observed);
  const scale = { isOurs, replicas: split?.stable ?? replicas };
  const { deployment, limitation } = buildStable(observed, { revision, placed, scale });
  const canary =
    split === undefined || split.canary === 0 ? undefined : buildCanary(observed.student, newest, split.canary);
  const promoting = promotion !== undefined;
  if (trial !== undefined) draft.trial(trial, history);
  else draft.rollout({ choice, newest, history, limitation, promoting, succession: undefined });
  const actions = [...deploymentActions(observed.deployment, deployment), ...canaryActions(observed, canary)];
  return { actions, traffic: canary === undefined ? undefined : trafficOf(observed, trial, promotion) };
}

interface StableInput {
  readonly revision: Revision;
  readonly placed: PlacedModel;
  readonly scale: Scale;
}

function buildStable(
  observed: Observed,
  { revision, placed, scale }: StableInput,
): { readonly deployment: Deployment; readonly limitation: string | undefined } {
  const pool = observed.pools.find(({ name }) => name === revision.pool) ?? placed.choice.pool;
  const room = rolloutRoom(observed, pool, revision.template, scale.replicas);
  return { deployment: buildDeployment(observed.student, revision, { room, scale }), limitation: room.limitation };
}

function trafficOf(observed: Observed, trial: Trial | undefined, promotion: Split | undefined): Traffic | undefined {
  if (trial?.weights !== undefined) return { weights: trial.weights, service: 'stable' };
  if (promotion === undefined || !isWeighted(observed)) return undefined;
  return { weights: weighReplicas(promotion), service: undefined };
}
