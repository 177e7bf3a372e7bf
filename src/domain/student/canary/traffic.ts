/**
 * Who divides the requests between two revisions: the Service, which spreads them evenly over all replicas, or a gateway, by weights
 * on an HTTPRoute of ours. Weights are as fine as the spec says, however few the replicas are.
 */
import { covers } from '../../covers.ts';
import type { Action } from '../decision.ts';
import type { Observed } from '../observed.ts';
import { isOwn } from '../ownership.ts';
import { routeState } from '../route.ts';
import { buildTrackService } from '../workload.ts';
import type { Split } from './split.ts';

/** Shares of the requests that come through the route; they add up to 100. */
export interface Weights {
  readonly stable: number;
  readonly canary: number;
}

/**
 * Whether a gateway weighs: it has taken the HTTPRoute, no InferencePool picks the replica, and the names of the two Services are
 * free. Else the share is one of replicas.
 */
export function isWeighted(observed: Observed): boolean {
  const { student, trackServices } = observed;
  const { httpRoute, inferencePool } = student.spec.route ?? {};
  if (httpRoute === undefined || inferencePool !== undefined) return false;
  if (student.spec.rollout.strategy !== 'Canary' || routeState(observed)?.status !== 'True') return false;
  return [trackServices.stable, trackServices.canary].every(
    (service) => service === undefined || isOwn(service, student),
  );
}

export function weigh(canary: number): Weights {
  return { stable: 100 - canary, canary };
}

/** Of two revisions that are equal, because the one on trial has passed: as many as there are replicas. */
export function weighReplicas({ stable, canary }: Split): Weights {
  return weigh(Math.round((100 * canary) / Math.max(1, stable + canary)));
}

/** The Services of the tracks, which a route needs before it can name them. They stay: the operator may delete no Service. */
export function trackServiceActions({ student, trackServices }: Observed, weights: Weights | undefined): Action[] {
  if (weights === undefined) return [];
  return (['stable', 'canary'] as const).flatMap((track): Action[] => {
    const service = buildTrackService(student, track);
    return covers(trackServices[track], service) ? [] : [{ type: 'apply-service', service }];
  });
}
