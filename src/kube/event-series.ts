import { createHash } from 'node:crypto';
import { microTime } from './lease.ts';
import type { Event, ObjectReference } from './resources.ts';
import type { KubeObject } from './types.ts';

/** What a controller wants known about an object. */
export interface EventInput {
  /** The object it is about: an object or what its metadata were. */
  readonly regarding: KubeObject;
  readonly related?: KubeObject | undefined;
  readonly type: 'Normal' | 'Warning';
  /** UpperCamelCase, for machines. */
  readonly reason: string;
  /** What was done or failed, UpperCamelCase. */
  readonly action: string;
  /** One sentence, for people. */
  readonly note: string;
  /** Equal keys of one object and reason are one series; without it the note decides. */
  readonly dedupeKey?: string | undefined;
}

export interface Reporter {
  /** A qualified name, such as `distill.stratos.dev/operator`. */
  readonly controller: string;
  readonly instance: string;
}

/** One event and its repetitions. */
export interface Series {
  readonly event: Event;
  /** How often it was published. */
  count: number;
  lastSeen: number;
  /** The count that the API server knows; 0 before the event is stored. */
  storedCount: number;
  /** When it was last sent to the API server. */
  writtenAt: number;
}

const LONGEST_NOTE = 1024;
const LONGEST_NAME = 253;

/** Events with equal fingerprints are repetitions of each other. */
export function fingerprint(input: EventInput): string {
  const { regarding, type, reason, action } = input;
  const parts = [regarding.metadata.uid, regarding.metadata.name, type, reason, action, input.dedupeKey ?? input.note];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** A series with its first event. The name is unique per object and time, as client-go's are. */
export function startSeries(input: EventInput, reporter: Reporter, now: number): Series {
  const { regarding, related } = input;
  const suffix = `.${fingerprint(input).slice(0, 8)}${now.toString(16)}`;
  const event: Event = {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: {
      name: regarding.metadata.name.slice(0, LONGEST_NAME - suffix.length) + suffix,
      namespace: regarding.metadata.namespace ?? 'default',
    },
    eventTime: microTime(now),
    type: input.type,
    reason: input.reason,
    action: input.action,
    note: truncate(input.note),
    regarding: referenceTo(regarding),
    ...(related ? { related: referenceTo(related) } : {}),
    reportingController: reporter.controller,
    reportingInstance: reporter.instance.slice(0, 128),
  };
  return { event, count: 1, lastSeen: now, storedCount: 0, writtenAt: now };
}

/** The patch that tells the API server of the repetitions. */
export function seriesPatch(series: Series): Pick<Event, 'series'> {
  return { series: { count: series.count, lastObservedTime: microTime(series.lastSeen) } };
}

function referenceTo(object: KubeObject): ObjectReference {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

function truncate(note: string): string {
  return note.length <= LONGEST_NOTE ? note : `${note.slice(0, LONGEST_NOTE - 1)}…`;
}
