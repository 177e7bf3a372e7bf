/**
 * Decides what a StudentDeployment needs next: weights -> pool -> newest revision -> which revision serves -> Deployment and what
 * is around it -> status from what is seen.
 *
 *     newest ----- complete ----------------------------> currentRevision
 *       |  \ stuck: failedRevision is stored, and on the next look
 *       |   `--> rolled-back: the last good revision serves until the spec asks for another
 *       |------ rollout.revision: the one that the spec pins serves
 *       `------ rollout.strategy Canary: tried beside the last good one first (canary/trial.ts)
 *
 * While the weights or a pool are missing, whatever serves already goes on serving.
 */
import type { EventDraft } from '../distillation/decision.ts';
import { canaryActions, deploymentActions, revisionActions, scalerActions, surroundingActions } from './children.ts';
import { promote } from './canary/promotion.ts';
import type { Split } from './canary/split.ts';
import { isWeighted, trackServiceActions, weighReplicas, type Weights } from './canary/traffic.ts';
import { type Trial, tryCandidate } from './canary/trial.ts';
import { chooseRevision, lastGood, type RevisionChoice } from './choose-revision.ts';
import type { Action, Decision } from './decision.ts';
import { rolloutRoom } from './headroom.ts';
import { lastServed, resolveModel, type ServableModel } from './model.ts';
import type { Observed, Settings } from './observed.ts';
import { takenBy } from './ownership.ts';
import { type PlacedModel, placeModel } from './placement.ts';
import { podShapeFor } from './pod-shape.ts';
import { scaleOf } from './replicas.ts';
import { readRevisions, type Revision } from './revision.ts';
import { routeActions } from './route.ts';
import { StatusDraft } from './status.ts';
import { succeed } from './succession.ts';
import { findUnsupported } from './unsupported.ts';
import { buildCanary, buildDeployment, buildRevision } from './workload.ts';

/** @param now milliseconds since the epoch. */
export function decide(observed: Observed, settings: Settings, now: number): Decision {
  const draft = new StatusDraft(observed, now);
  const unsupported = findUnsupported(observed.student.spec);
  if (unsupported.length > 0) {
    draft.stall('Unsupported', unsupported.join('; '));
    return draft.decision([]);
  }
  const resolution = resolveModel(observed);
  if (resolution.kind === 'pending') {
    const model = lastServed(observed.student);
    draft.modelPending(resolution, model);
    return model === undefined ? draft.decision([]) : serve(observed, settings, { draft, model, now });
  }
  draft.modelReady(resolution.model);
  return serve(observed, settings, { draft, model: resolution.model, now });
}

interface Serving {
  readonly draft: StatusDraft;
  readonly model: ServableModel;
  readonly now: number;
}

function serve(observed: Observed, settings: Settings, { draft, model, now }: Serving): Decision {
  const { name } = observed.student.metadata;
  const taken = takenBy(observed);
  if (taken !== undefined) {
    draft.nameTaken(`${taken} ${name} belongs to somebody else; delete it, or give the student another name`);
    return draft.decision([]);
  }
  const placing = placeModel(observed, model, settings, now);
  if (placing.kind === 'none') {
    draft.unplaced(placing.message);
    return draft.decision([]);
  }
  draft.placed(placing.placed);
  return rollOut(observed, settings, { draft, model, placed: placing.placed, now });
}

interface Placed extends Serving {
  readonly placed: PlacedModel;
}

function rollOut(observed: Observed, settings: Settings, { draft, model, placed, now }: Placed): Decision {
  const { student } = observed;
  const history = readRevisions(student, observed.revisions);
  const newestKept = history.find(({ name }) => name === student.status?.updateRevision);
  const shape = podShapeFor(newestKept?.template, placed.choice);
  const { servingImage: image, podUserId } = settings;
  const newest = buildRevision({ student, model, placed, shape, image, podUserId });
  const choice = chooseRevision(student, newest, history);
  draft.route();
  const kept = revisionActions(observed, newest, history);
  const events = rolloutEvents(observed, newest);
  if (choice.kind === 'unknown') {
    draft.revisionUnknown(choice.wanted, history);
    return draft.decision([...kept, ...surround(observed, settings, undefined)], events);
  }
  const { actions, traffic } = runTracks(observed, { draft, choice, newest, history, placed, now });
  const around = surround(observed, settings, traffic);
  // Nothing is sent to replicas that go: the route and the Service leave them first.
  const [last, first] = partition(actions, ({ type }) => type === 'delete-deployment');
  return draft.decision([...kept, ...first, ...around, ...last], events);
}

interface Traffic {
  readonly weights: Weights;
  /** Only the gateway's requests are tried on the canary, so that its share is the one that is said. */
  readonly service: 'stable' | undefined;
}

function surround(observed: Observed, settings: Settings, traffic: Traffic | undefined): Action[] {
  return [
    ...trackServiceActions(observed, traffic?.weights),
    ...surroundingActions(observed, settings, traffic?.service),
    ...routeActions(observed, traffic?.weights),
    ...scalerActions(observed),
  ];
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

interface Running {
  readonly draft: StatusDraft;
  readonly choice: Exclude<RevisionChoice, { readonly kind: 'unknown' }>;
  readonly newest: Revision;
  readonly history: readonly Revision[];
  readonly placed: PlacedModel;
  readonly now: number;
}

/** The Deployment, and the second one while a Canary is on trial. */
function runTracks(observed: Observed, { draft, placed, ...input }: Running): Tracks {
  const { student } = observed;
  const { choice, newest, history } = input;
  const serving = choice.kind === 'newest' ? (lastGood(student, history) ?? newest) : choice.revision;
  const succession = succeed(observed, serving);
  const trial = succession === undefined ? tryCandidate(observed, input) : undefined;
  const promotion = succession === undefined ? promote(observed, input) : undefined;
  const split = trial?.split ?? promotion;
  const revision = succession === undefined ? (trial?.stable ?? choice.revision) : serving;
  const pool = observed.pools.find(({ name }) => name === revision.pool) ?? placed.choice.pool;
  const { isOurs, replicas: wanted } = scaleOf(observed);
  const replicas = split?.stable ?? wanted;
  const room = rolloutRoom(observed, pool, revision.template.spec.containers[0]?.resources ?? {}, replicas);
  const deployment = buildDeployment(student, revision, { room, scale: { replicas, isOurs } });
  const canary = split === undefined || split.canary === 0 ? undefined : buildCanary(student, newest, split.canary);
  const facts = { choice, newest, history, limitation: room.limitation, promoting: promotion !== undefined };
  if (trial !== undefined) draft.trial(trial, history);
  else draft.rollout({ ...facts, succession: succession?.message });
  const own = deploymentActions(observed.deployment, deployment);
  if (succession !== undefined)
    return { actions: [...(succession.appliesFirst ? own : []), ...succession.actions], traffic: undefined };
  const actions = [...own, ...canaryActions(observed, canary)];
  return { actions, traffic: canary === undefined ? undefined : trafficOf(observed, trial, promotion) };
}

interface Tracks {
  readonly actions: readonly Action[];
  /** Undefined: the Service spreads requests over all replicas. */
  readonly traffic: Traffic | undefined;
}

function trafficOf(observed: Observed, trial: Trial | undefined, promotion: Split | undefined): Traffic | undefined {
  if (trial?.weights !== undefined) return { weights: trial.weights, service: 'stable' };
  if (promotion === undefined || !isWeighted(observed)) return undefined;
  return { weights: weighReplicas(promotion), service: undefined };
}

function rolloutEvents({ student }: Observed, { name }: Revision): EventDraft[] {
  if (student.status?.updateRevision === name) return [];
  return [{ type: 'Normal', reason: 'RolloutStarted', action: 'Rollout', note: `Rolling out revision ${name}` }];
}
