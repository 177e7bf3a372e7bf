import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { makePlan } from '../../../src/domain/planning/plan.ts';
import { fleet, fleetInputs } from './fleet.ts';
import type { HeapTask } from './peak-heap.ts';

const REPEATS = 10;

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');
const { nodes, teachers, students } = workerData as HeapTask;
const inputs = fleetInputs(fleet(nodes), teachers, students);
if (typeof collect === 'function') collect();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
parentPort?.postMessage('ready');
parentPort?.once('message', () => {
  for (let i = 0; i < REPEATS; i += 1) {
    makePlan(inputs);
    if (typeof collect === 'function') collect();
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
  parentPort?.postMessage('done');
  // Until it is read, and the worker ended from outside.
  setInterval(() => undefined, 1_000);
});
