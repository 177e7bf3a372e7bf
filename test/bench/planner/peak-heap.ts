/**
 * The most heap that a plan takes while it is made. The plan is made in a worker, whose heap is read from outside as fast as it
 * answers: a single thread could only look before and after. What is not yet collected counts, as it has to fit as well.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface HeapTask {
  readonly nodes: number;
  readonly teachers: number;
  readonly students: number;
}

export interface PeakHeap {
  /** Over what was held before the first plan. */
  readonly bytes: number;
  readonly samples: number;
}

export async function peakHeap(task: HeapTask): Promise<PeakHeap> {
  const worker = new Worker(new URL('./peak-heap-worker.ts', import.meta.url), { workerData: task });
  const isDone = { value: false };
  worker.on('message', (message) => {
    isDone.value ||= message === 'done';
  });
  await once(worker, 'message');
  const baseline = (await worker.getHeapStatistics()).used_heap_size;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
  worker.postMessage('go');
  let [peak, samples] = [baseline, 0];
  while (!isDone.value) {
    peak = Math.max(peak, (await worker.getHeapStatistics()).used_heap_size);
    samples += 1;
  }
  await worker.terminate();
  return { bytes: peak - baseline, samples };
}
