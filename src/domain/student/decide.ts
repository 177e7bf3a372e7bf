/**
 * Decides what a StudentDeployment needs next: weights -> pool -> Deployment and Service -> status from what is seen.
 *
 * While the weights or a pool are missing, whatever serves already goes on serving.
 */
import type { Deployment, Service } from '../../api/core.ts';
import type { EventDraft } from '../distillation/decision.ts';
import { covers } from '../covers.ts';
import type { Action, Decision } from './decision.ts';
import { rolloutRoom } from './headroom.ts';
import { lastServed, resolveModel, type ServableModel } from './model.ts';
import type { Observed, Settings } from './observed.ts';
import { placeModel } from './placement.ts';
import { podShapeFor } from './pod-shape.ts';
import { scaleOf } from './replicas.ts';
import { StatusDraft } from './status.ts';
import { findUnsupported } from './unsupported.ts';
import type { ServerInput } from './vllm.ts';
import { buildService, buildWorkload } from './workload.ts';

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
    return model === undefined ? draft.decision([]) : serve(observed, settings, { draft, model });
  }
  draft.modelReady(resolution.model);
  return serve(observed, settings, { draft, model: resolution.model });
}

function serve(
  observed: Observed,
  settings: Settings,
  { draft, model }: { draft: StatusDraft; model: ServableModel },
): Decision {
  const { student } = observed;
  const taken = nameTaken(observed);
  if (taken !== undefined) {
    draft.nameTaken(
      `${taken} ${student.metadata.name} belongs to somebody else; delete it, or give the student another name`,
    );
    return draft.decision([]);
  }
  const placed = placeModel(observed);
  if (placed === undefined) {
    draft.unplaced('no pool in the cluster fits spec.placement; waiting for one');
    return draft.decision([]);
  }
  const shape = podShapeFor(observed.deployment, placed.choice);
  const input: ServerInput = {
    student,
    model,
    placed,
    shape,
    image: settings.servingImage,
    podUserId: settings.podUserId,
  };
  const room = rolloutRoom(observed, placed.choice);
  const { deployment, revision } = buildWorkload(input, room, scaleOf(observed));
  draft.placed(placed);
  draft.rollout(revision, room.limitation);
  const actions: Action[] = [];
  if (!covers(observed.deployment, deployment)) actions.push({ type: 'apply-deployment', deployment });
  const service = buildService(student);
  if (!covers(observed.service, service)) actions.push({ type: 'apply-service', service });
  return draft.decision(actions, rolloutEvents(observed, revision));
}

/** What has the name and is not ours: to apply ours over it would take somebody's traffic. */
function nameTaken({ student, deployment, service }: Observed): 'Deployment' | 'Service' | undefined {
  const isOurs = ({ metadata }: Deployment | Service): boolean =>
    metadata.ownerReferences?.some(({ uid }) => uid === student.metadata.uid) ?? false;
  if (deployment !== undefined && !isOurs(deployment)) return 'Deployment';
  return service !== undefined && !isOurs(service) ? 'Service' : undefined;
}

function rolloutEvents({ student }: Observed, revision: string): EventDraft[] {
  if (student.status?.updateRevision === revision) return [];
  return [{ type: 'Normal', reason: 'RolloutStarted', action: 'Rollout', note: `Rolling out revision ${revision}` }];
}
