// What the API server wrote down of the deeds of an operator and of others: a witness that nobody can influence.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';

export interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  /** When it was answered. */
  readonly stageTimestamp: string;
}

export class AuditMark {
  readonly #path: string;
  readonly #from: number;

  private constructor(path: string, from: number) {
    this.#path = path;
    this.#from = from;
  }

  /** What is written from now on counts. */
  static async set(path: string | undefined): Promise<AuditMark> {
    if (path === undefined) throw new Error('this control plane keeps no audit log');
    return new AuditMark(path, (await stat(path)).size);
  }

  /**
   * How often each object of the namespace was created by an operator, and whether one was deleted: `create jobs/x` -> 1.
   * Deletions count once: one that is asked for again while it is carried out changes nothing. Events are left out.
   */
  async creationsAndDeletions(namespace: string): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for await (const event of this.#deeds(`"namespace":"${namespace}"`)) {
      const deed = deedOf(event);
      if (deed !== undefined) counts[deed] = deed.startsWith('delete ') ? 1 : (counts[deed] ?? 0) + 1;
    }
    return counts;
  }

  /** What an operator asked for and has no right to. */
  async forbidden(): Promise<string[]> {
    const asked: string[] = [];
    for await (const { verb, objectRef } of this.#deeds('"authorization.k8s.io/decision":"forbid"')) {
      asked.push(`${verb} ${objectRef?.resource}/${objectRef?.name}`);
    }
    return asked;
  }

  /** All that was asked for in a namespace, by whomever, in the order of the answers. */
  async eventsIn(namespace: string): Promise<AuditEvent[]> {
    const events: AuditEvent[] = [];
    for await (const event of this.#events(`"namespace":"${namespace}"`)) events.push(event);
    return events.toSorted((a, b) => a.stageTimestamp.localeCompare(b.stageTimestamp));
  }

  /** What operators did, of the lines that hold this text. */
  async *#deeds(text: string): AsyncGenerator<AuditEvent> {
    for await (const event of this.#events(text)) if (isOfOperator(event)) yield event;
  }

  async *#events(text: string): AsyncGenerator<AuditEvent> {
    for await (const line of createInterface({ input: createReadStream(this.#path, { start: this.#from }) }))
      if (line.includes(text)) yield JSON.parse(line) as AuditEvent;
  }
}

export function isOfOperator({ user }: AuditEvent): boolean {
  return user.username.startsWith('system:serviceaccount:stratos-system:');
}

function deedOf({ verb, objectRef, responseStatus }: AuditEvent): string | undefined {
  if (objectRef?.resource === 'events') return undefined;
  const object = `${objectRef?.resource}/${objectRef?.name}`;
  // An apply that makes an object is a patch answered with 201.
  if (responseStatus?.code === 201) return `create ${object}`;
  if (verb === 'delete' && responseStatus?.code === 200) return `delete ${object}`;
  return undefined;
}
