import type { Refusal } from './placement.ts';

/**
 * Models whose licence lets their answers improve models of their own family only (section 1.b.v of the community licences of
 * Llama 2 and Llama 3; from Llama 3.1 on other models may learn from them). By the names under which they are published: a
 * copy elsewhere is not recognised, and somebody with other terms can use one.
 */
const OWN_FAMILY_ONLY: readonly { readonly teacher: RegExp; readonly licence: string; readonly students: RegExp }[] = [
  { teacher: /^meta-llama\/Llama-2-/i, licence: 'Llama 2 Community License', students: /llama-?2/i },
  { teacher: /^meta-llama\/Meta-Llama-3-/i, licence: 'Meta Llama 3 Community License', students: /llama-?3/i },
];

interface Model {
  readonly name: string;
  /** `OWNER/NAME` at the hub; undefined for models from elsewhere, of which nothing is known. */
  readonly hubId?: string;
}

/** Why the student may not learn from the teacher's answers; null where nothing says so. */
export function refuseLicence(teacher: Model, student: Model): Refusal | null {
  const rule = OWN_FAMILY_ONLY.find((candidate) => candidate.teacher.test(teacher.hubId ?? ''));
  if (rule === undefined || student.hubId === undefined || rule.students.test(student.hubId)) return null;
  return {
    reason: 'LicenceForbids',
    message: `the ${rule.licence} of ${teacher.name} lets its answers improve models of its own family only, and ${student.name} (${student.hubId}) is of another`,
  };
}

/** `OWNER/NAME` of a `hf://` URI, without a revision or a path. */
export function hubIdOf(uri: string | undefined): string | undefined {
  return /^hf:\/\/([^/@]+\/[^/@]+)/.exec(uri ?? '')?.[1];
}
