// What Flux, Helm and kpt make of an object: kstatus, by cli-utils' own code.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { toolPath } from '../tools/paths.ts';

export interface KstatusVerdict {
  readonly status: 'InProgress' | 'Current' | 'Failed' | 'Terminating';
  readonly message: string;
}

/** One verdict for each object, in their order. */
export async function kstatusOf(...objects: readonly object[]): Promise<KstatusVerdict[]> {
  const child = spawn(await toolPath('kstatus'), { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(objects));
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number | null]>]);
  if (code !== 0) throw new Error(`kstatus ended with ${code}`);
  return JSON.parse(output) as KstatusVerdict[];
}
