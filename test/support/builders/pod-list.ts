import type { Job, Pod } from '../../../src/api/core.ts';
import { type PodBuilder, aPod } from './pod.ts';

/** The pods of stage Jobs, as the Job controller and the kubelet leave them. */
export class PodList {
  all: readonly Pod[] = [];
  #started = 0;

  start({ metadata }: Job, shard: number, startTime: string): Pod {
    this.#started += 1;
    const owner = { name: metadata.name, uid: metadata.uid ?? '' };
    const pod = aPod(`${metadata.name}-${shard}-${this.#started}`).of(owner, shard).running(startTime).build();
    this.all = [...this.all, pod];
    return pod;
  }

  /** Gives the pod another state; what it has besides stays. */
  change(pod: Pod, state: (builder: PodBuilder) => PodBuilder): void {
    const { status } = state(aPod(pod.metadata.name)).build();
    this.all = this.all.map((other) => (other === pod ? { ...pod, status: { ...pod.status, ...status } } : other));
  }

  removeOf(uid: string | undefined, which: (pod: Pod) => boolean = () => true): void {
    this.all = this.all.filter((pod) => pod.metadata.ownerReferences?.[0]?.uid !== uid || !which(pod));
  }

  byJob(): Map<string, Pod[]> {
    return Map.groupBy(this.all, ({ metadata }) => metadata.labels?.['batch.kubernetes.io/job-name'] ?? '');
  }
}
