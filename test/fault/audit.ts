// What the API server wrote down of an operator's deeds: a witness that neither the operator nor the proxy can influence.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource?: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number };
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

  /** How often each object of the namespace was created or deleted by an operator: `create jobs/x` -> 1. Events are left out. */
  async creationsAndDeletions(namespace: string): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    const mark = `"namespace":"${namespace}"`;
    for await (const line of createInterface({ input: createReadStream(this.#path, { start: this.#from }) })) {
      const deed = line.includes(mark) ? deedOf(JSON.parse(line) as AuditEvent) : undefined;
      if (deed !== undefined) counts[deed] = (counts[deed] ?? 0) + 1;
    }
    return Object.fromEntries(Object.entries(counts).sort());
  }
}

function deedOf({ verb, user, objectRef, responseStatus }: AuditEvent): string | undefined {
  if (!user.username.startsWith('system:serviceaccount:stratos-system:')) return undefined;
  if (objectRef?.resource === 'events') return undefined;
  const object = `${objectRef?.resource}/${objectRef?.name}`;
  // An apply that makes an object is a patch answered with 201.
  if (responseStatus?.code === 201) return `create ${object}`;
  if (verb === 'delete' && responseStatus?.code === 200) return `delete ${object}`;
  return undefined;
}
