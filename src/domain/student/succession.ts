/**
 * A Deployment of ours that an older version made with another selector. A selector cannot be changed, so a second Deployment takes
 * over before the first goes, and a new first one before the second goes:
 *
 *     old selector -> the successor (NAME-canary) serves all replicas -> the old one is deleted -> a new one serves -> successor goes
 *
 * Everything follows from what is there. It needs room for all replicas twice; without, it waits and says so.
 */
import type { Deployment } from '../../api/core.ts';
import { revisionLabel } from '../../api/labels.ts';
import { covers } from '../covers.ts';
import { deploymentActions, identityOf } from './children.ts';
import type { Action } from './decision.ts';
import type { Observed } from './observed.ts';
import { isOwn } from './ownership.ts';
import { wantedReplicas } from './replicas.ts';
import type { Revision } from './revision.ts';
import { countsOf, isObserved } from './rollout-state.ts';
import { buildCanary, selectorOf } from './workload.ts';

export interface Succession {
  readonly actions: readonly Action[];
  /** Whether the first Deployment may be applied: not while it has the old selector. */
  readonly appliesFirst: boolean;
  readonly message: string;
}

/** Undefined where nothing has to be taken over. */
export function succeed(observed: Observed, revision: Revision): Succession | undefined {
  const { student, deployment, canary } = observed;
  if (deployment === undefined) return isHandingOver(observed, revision) ? handingOver() : undefined;
  if (hasOurSelector(observed, deployment)) {
    return isHandingOver(observed, revision) && !answersAlone(observed, deployment, revision)
      ? handingOver()
      : undefined;
  }
  const { name } = student.metadata;
  const message = `Deployment ${name} was made by an older version, and its selector cannot be changed; a second one takes over where there is room for all replicas twice. To have it without room, with an interruption: kubectl delete deployment ${name}`;
  if (canary !== undefined && !isOwn(canary, student)) return { actions: [], appliesFirst: false, message };
  const wanted = wantedReplicas(observed);
  const successor = deploymentActions(canary, buildCanary(student, revision, wanted));
  const isReady = successor.length === 0 && canary !== undefined && serves(canary, revision, wanted);
  const removal: Action[] = isReady ? [{ type: 'delete-deployment', ...identityOf(deployment.metadata) }] : [];
  return { actions: [...successor, ...removal], appliesFirst: false, message };
}

function handingOver(): Succession {
  const message = 'the Deployment of an older version has been replaced; its successor hands over';
  return { actions: [], appliesFirst: true, message };
}

function hasOurSelector({ student }: Observed, { spec }: Deployment): boolean {
  return covers({ selector: spec.selector }, { selector: selectorOf(student.metadata.name, 'stable') });
}

/** The second Deployment has the revision that the first one should have, and no Canary is under way. */
function isHandingOver({ student, canary }: Observed, { name }: Revision): boolean {
  if (canary === undefined || !isOwn(canary, student) || student.status?.canary !== undefined) return false;
  return canary.spec.template.metadata.labels[revisionLabel] === name;
}

function answersAlone(observed: Observed, deployment: Deployment, revision: Revision): boolean {
  return serves(deployment, revision, wantedReplicas(observed));
}

function serves(deployment: Deployment, { name }: Revision, wanted: number): boolean {
  return isObserved(deployment, name) && countsOf(deployment).available >= wanted;
}
