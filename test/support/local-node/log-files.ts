import { join } from 'node:path';

export interface LogId {
  namespace: string;
  pod: string;
  uid: string;
  container: string;
}

/** Where the output of one run of a container goes. They outlive the pod, for whoever looks into a failed test. */
export function logPath(dataDir: string, { namespace, pod, uid, container }: LogId, run: number): string {
  return join(dataDir, 'logs', `${namespace}_${pod}_${uid}`, container, `${run}.log`);
}
