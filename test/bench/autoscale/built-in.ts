// Our own policy: the looks and the decision are the operator's code.
import type { EngineSample } from '../../../src/domain/student/autoscale/exposition.ts';
import type { Histogram } from '../../../src/domain/student/autoscale/histogram.ts';
import type { ScalerPolicy } from '../../../src/domain/student/autoscale/policy.ts';
import { decideReplicas, newMemory } from '../../../src/domain/student/autoscale/scaler.ts';
import { type PodReading, tickOf } from '../../../src/domain/student/autoscale/tick.ts';
import type { Replica } from './fleet.ts';
import type { Policy, View } from './simulate.ts';

export function builtIn(policy: ScalerPolicy): Policy {
  let memory = newMemory(0, undefined);
  let before = new Map<string, PodReading>();
  const histograms = new Map<string, CumulativeHistogram>();
  return {
    name: 'built-in',
    period: 15,
    decide: ({ now, current, ready }: View) => {
      const at = now * 1000;
      const readings = ready.map((replica) => ({ pod: replica.id, at, sample: sampleOf(replica, histograms) }));
      const tick = readings.length === 0 ? undefined : tickOf(before, readings, at);
      before = new Map(readings.map((reading) => [reading.pod, reading]));
      const verdict = decideReplicas({ policy, current, now: at, tick, room: undefined, wake: false }, memory);
      memory = verdict.memory;
      return verdict.replicas;
    },
  };
}

function sampleOf(replica: Replica, histograms: Map<string, CumulativeHistogram>): EngineSample {
  const histogram = histograms.get(replica.id) ?? new CumulativeHistogram();
  histograms.set(replica.id, histogram);
  return {
    waiting: replica.queue.length,
    running: replica.running,
    cacheUse: replica.cacheUse,
    succeeded: replica.succeeded,
    failed: 0,
    generatedTokens: replica.generatedTokens,
    promptTokens: undefined,
    cachedTokens: undefined,
    queuedSeconds: undefined,
    firstToken: histogram.add(replica.firstTokens.splice(0)),
    interToken: undefined,
    faults: [],
  };
}

/** vLLM's own bounds. */
const bounds = [
  0.001,
  0.005,
  0.01,
  0.02,
  0.04,
  0.06,
  0.08,
  0.1,
  0.25,
  0.5,
  0.75,
  1,
  2.5,
  5,
  7.5,
  10,
  20,
  40,
  80,
  160,
  640,
  2560,
  Infinity,
];

class CumulativeHistogram {
  #now: Histogram = { bounds, counts: bounds.map(() => 0), sum: 0 };

  add(values: readonly number[]): Histogram {
    const counts = this.#now.counts.map(
      (count, index) => count + values.filter((value) => value <= (bounds[index] ?? Infinity)).length,
    );
    this.#now = { bounds, counts, sum: this.#now.sum + values.reduce((sum, value) => sum + value, 0) };
    return this.#now;
  }
}
