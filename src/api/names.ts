/**
 * Names of children. They are functions of what the child is for, so a create that is repeated after a crash is
 * AlreadyExists and never a second GPU job; and they fit a DNS label, so that Services and hostnames can be made of them.
 */
import { createHash } from 'node:crypto';
import type { OwnerReference } from './core.ts';

/** The longest DNS label, and so the longest name of a Service, a hostname or a label value. */
const longestLabel = 63;
/** A pod of an Indexed Job is called `<job>-<index>`, and that is its hostname. */
const longestJobName = longestLabel - '-99999'.length;
const hashLength = 8;

/** Which run of which stage a Job is. */
export interface StageRun {
  readonly stage: string;
  readonly attempt: number;
  /** Absent before planning: the profile. */
  readonly planId?: string;
  /** Each restart has a Job of its own, so that the failed one can be read and removed. */
  readonly restarts?: number;
  /** Tells several runs of one stage apart: which trial, which probe. */
  readonly part?: string;
}

/** Name of the Job that runs a stage, such as `tiles-train-1-2c26b46b`. */
export function stageJobName(job: string, { stage, attempt, planId = '', restarts = 0, part }: StageRun): string {
  const word = stage.toLowerCase();
  const identity = [job, word, attempt, planId, restarts, ...(part === undefined ? [] : [part])];
  return childName([job, word, String(attempt)], identity, longestJobName);
}

/** Name of the claim for the volume that a job's stages share. */
export function workspaceClaimName(job: string): string {
  return childName([job, 'workspace'], [job, 'workspace']);
}

/** Name of the template of a pod's GPU claim: one for each different claim of an owner, as its spec can never change. */
export function gpuClaimTemplateName({ kind, metadata }: Pick<Owner, 'kind' | 'metadata'>, claim: string): string {
  return childName([metadata.name, 'gpus'], [kind, metadata.name, claim]);
}

/** Name of the headless Service through which the pods of a stage find each other. */
export function stageServiceName(jobName: string): string {
  return childName([jobName, 'pods'], [jobName, 'pods']);
}

/** Name of the Service in front of a StudentDeployment: its own, which the CRD keeps short enough. */
export function studentServiceName(studentDeployment: string): string {
  return studentDeployment;
}

/** Name of the Service in front of the replicas of one track, for a route that weighs the two. */
export function trackServiceName(studentDeployment: string, track: 'stable' | 'canary'): string {
  return `${studentDeployment}-${track}`;
}

/** Name of the Deployment that serves a revision on trial. */
export function canaryName(studentDeployment: string): string {
  return `${studentDeployment}-canary`;
}

/** Name of the ControllerRevision that keeps a revision of a StudentDeployment. */
export function revisionObjectName(studentDeployment: string, revision: string): string {
  return `${studentDeployment}-${revision}`;
}

/** The first characters of the SHA-256 of `parts`: the same parts give the same digest in every process. */
export function shortHash(parts: readonly (string | number)[], length = hashLength): string {
  // JSON keeps the boundaries: ['a', 'bc'] and ['ab', 'c'] differ.
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, length);
}

/** A DNS label of at most `longest` characters: readable `words`, and a hash of `identity` that keeps it unique. */
export function childName(
  words: readonly string[],
  identity: readonly (string | number)[],
  longest = longestLabel,
): string {
  const [first = '', ...rest] = words.map(dnsWord);
  const tail = [...rest, shortHash(identity)].join('-');
  // What is cut is the owner's name: the words that tell the children of one owner apart stay whole.
  const head = first.slice(0, longest - tail.length - 1).replace(/-+$/, '');
  return `${head}-${tail}`;
}

// A name may hold dots, and a Service's may not; a label must begin with a letter.
function dnsWord(word: string): string {
  return word
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^[^a-z0-9]+|-+$/g, '');
}

interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid?: string };
}

/** The reference that makes `owner` the controller of a child. */
export function ownerReference(owner: Owner): OwnerReference {
  const { name, uid } = owner.metadata;
  // A reference without a UID would make the garbage collector delete the child at once.
  if (uid === undefined) throw new Error(`referring to ${owner.kind} ${name}: it has no uid, so it was never stored`);
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
}
