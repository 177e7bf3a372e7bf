/**
 * Revisions of a student. What a pod template says makes one, and a ControllerRevision of ours keeps it: the template, and the
 * weights it was made for. They outlive the Deployment, and do not depend on how many Deployments serve them.
 */
import type { ControllerRevision, PodTemplate } from '../../api/core.ts';
import { revisionLabel, studentLabels } from '../../api/labels.ts';
import { ownerReference, revisionObjectName, shortHash } from '../../api/names.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { ServableModel } from './model.ts';

export interface Revision {
  /** A hash of the template. */
  readonly name: string;
  /** Without the label of the revision. */
  readonly template: PodTemplate;
  readonly model: ServableModel;
  /** The pool that the template leads to. */
  readonly pool: string;
}

export function makeRevision(parts: Omit<Revision, 'name'>): Revision {
  return { name: shortHash([JSON.stringify(parts.template)]), ...parts };
}

/** The template as pods carry it. */
export function labelled({ name, template }: Revision): PodTemplate {
  const { metadata } = template;
  return { ...template, metadata: { ...metadata, labels: { ...metadata.labels, [revisionLabel]: name } } };
}

/** The object that keeps `revision`: numbered after all others, unless it is the newest already. */
export function revisionObject(
  student: StudentDeployment,
  revision: Revision,
  kept: readonly ControllerRevision[],
): ControllerRevision {
  const { name, namespace } = student.metadata;
  const objectName = revisionObjectName(name, revision.name);
  const others = kept.filter(({ metadata }) => metadata.name !== objectName).map((other) => other.revision);
  const own = kept.find(({ metadata }) => metadata.name === objectName)?.revision ?? 0;
  const { template, model, pool } = revision;
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: objectName,
      namespace,
      labels: studentLabels(name, revision.name),
      ownerReferences: [ownerReference(student)],
    },
    revision: Math.max(own, 1 + Math.max(0, ...others)),
    data: { template, model: { ...model }, pool },
  };
}

/** What was kept, the newest first; objects that are not ours or cannot be read are left out. */
export function readRevisions(student: StudentDeployment, kept: readonly ControllerRevision[]): Revision[] {
  return kept
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === student.metadata.uid))
    .toSorted((a, b) => b.revision - a.revision)
    .flatMap((object) => readRevision(object) ?? []);
}

function readRevision({ metadata, data }: ControllerRevision): Revision | undefined {
  const name = metadata.labels?.[revisionLabel];
  const { template, model, pool } = (data ?? {}) as Partial<Revision>;
  if (name === undefined || template?.spec === undefined || model === undefined || pool === undefined) return undefined;
  return { name, template, model, pool };
}

/** Names of the objects past `limit`, the oldest; those in `needed` are kept besides. */
export function surplusRevisions(
  revisions: readonly Revision[],
  limit: number,
  needed: ReadonlySet<string | undefined>,
): string[] {
  return revisions
    .filter(({ name }) => !needed.has(name))
    .slice(limit)
    .map(({ name }) => name);
}
