/**
 * Decides what a StudentDeployment needs next: weights -> pool -> newest revision -> which revision serves -> Deployment and what
 * is around it -> status from what is seen.
 *
 *     newest ----- complete ----------------------------> currentRevision
 *       |  \ stuck: failedRevision is stored, and on the next look
 *       |   `--> rolled-back: the last good revision serves until the spec asks for another
 *       `------ rollout.revision: the one that the spec pins serves
 *
 * While the weights or a pool are missing, whatever serves already goes on serving.
 */
import type { EventDraft } from '../distillation/decision.ts';
import { deploymentActions, revisionActions, scalerActions, surroundingActions } from './children.ts';
import { chooseRevision } from './choose-revision.ts';
import type { Decision } from './decision.ts';
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
import { findUnsupported } from './unsupported.ts';
import { buildDeployment, buildRevision } from './workload.ts';

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
  return rollOut(observed, settings, { draft, model, placed: placing.placed });
}

interface Placed {
  readonly draft: StatusDraft;
  readonly model: ServableModel;
  readonly placed: PlacedModel;
}

function rollOut(observed: Observed, settings: Settings, { draft, model, placed }: Placed): Decision {
  const { student } = observed;
  const history = readRevisions(student, observed.revisions);
  const newestKept = history.find(({ name }) => name === student.status?.updateRevision);
  const shape = podShapeFor(newestKept?.template, placed.choice);
  const { servingImage: image, podUserId } = settings;
  const newest = buildRevision({ student, model, placed, shape, image, podUserId });
  const choice = chooseRevision(student, newest, history);
  const surroundings = [
    ...surroundingActions(observed, settings),
    ...routeActions(observed),
    ...scalerActions(observed),
  ];
  draft.route();
  const kept = revisionActions(observed, newest, history);
  const events = rolloutEvents(observed, newest);
  if (choice.kind === 'unknown') {
    draft.revisionUnknown(choice.wanted, history);
    return draft.decision([...kept, ...surroundings], events);
  }
  const { pool: poolName, template } = choice.revision;
  const pool = observed.pools.find(({ name }) => name === poolName) ?? placed.choice.pool;
  const room = rolloutRoom(observed, pool, template.spec.containers[0]?.resources ?? {});
  const deployment = buildDeployment(student, choice.revision, { room, scale: scaleOf(observed) });
  draft.rollout({ choice, newest, history, limitation: room.limitation });
  return draft.decision([...kept, ...deploymentActions(observed, deployment), ...surroundings], events);
}

function rolloutEvents({ student }: Observed, { name }: Revision): EventDraft[] {
  if (student.status?.updateRevision === name) return [];
  return [{ type: 'Normal', reason: 'RolloutStarted', action: 'Rollout', note: `Rolling out revision ${name}` }];
}
