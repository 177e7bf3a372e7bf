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
import { claimActions, revisionActions, scalerActions, surroundingActions } from './children.ts';
import { trackServiceActions } from './canary/traffic.ts';
import { chooseRevision } from './choose-revision.ts';
import type { Action, Decision } from './decision.ts';
import { lastServed, resolveModel, type ServableModel } from './model.ts';
import type { Observed, Settings } from './observed.ts';
import { takenBy } from './ownership.ts';
import { type PlacedModel, placeModel } from './placement.ts';
import { podShapeFor } from './pod-shape.ts';
import { readRevisions, type Revision } from './revision.ts';
import { routeActions } from './route.ts';
import { StatusDraft } from './status.ts';
import { runTracks, type Traffic } from './tracks.ts';
import { findUnsupported } from './unsupported.ts';
import { buildRevision } from './workload.ts';

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
  return draft.decision([...kept, ...claimActions(observed, actions), ...first, ...around, ...last], events);
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

function rolloutEvents({ student }: Observed, { name }: Revision): EventDraft[] {
  if (student.status?.updateRevision === name) return [];
  return [{ type: 'Normal', reason: 'RolloutStarted', action: 'Rollout', note: `Rolling out revision ${name}` }];
}
