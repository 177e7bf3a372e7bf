/** Which of the objects of its name are a student's own. */
import type { ObjectMeta } from '../../api/core.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { Observed } from './observed.ts';

interface Child {
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

export function isOwn(child: Child, student: StudentDeployment): boolean {
  return child.metadata.ownerReferences?.some(({ uid }) => uid === student.metadata.uid) ?? false;
}

/** The kind of what has the name and is not ours: to apply ours over it would take somebody's traffic. */
export function takenBy(observed: Observed): string | undefined {
  const { student, deployment, service, disruptionBudget, networkPolicy } = observed;
  const routes = [observed.httpRoute.object, observed.inferencePool.object];
  return [deployment, service, disruptionBudget, networkPolicy, ...routes].find(
    (child) => child !== undefined && !isOwn(child, student),
  )?.kind;
}
