// The algorithm of Kubernetes' HorizontalPodAutoscaler on waiting requests, and what KEDA makes of it, from their documentation.
import type { Replica } from './fleet.ts';
import type { Policy, View } from './simulate.ts';

/** kube-controller-manager's and autoscaling/v2's defaults. */
const tolerance = 0.1;
const syncSeconds = 15;
const downStabilizationSeconds = 300;
const upPods = 4;
const upFactor = 2;
/** Prometheus' default scrape interval is a minute; monitoring stacks set half of it. */
const scrapeSeconds = 30;

interface Limits {
  readonly min: number;
  readonly max: number;
}

/**
 * A metric of type Pods with an average target. A pod whose model is being loaded shows no metric: it counts as zero where the others
 * ask for more, as just on target where they ask for less.
 */
export function hpaOnPods(target: number, limits: Limits): Policy {
  const stabilise = behaviour(limits);
  return {
    name: "HPA's algorithm, waiting requests",
    period: syncSeconds,
    decide: (view) => stabilise(view, podsProposal(target, view)),
  };
}

function podsProposal(target: number, { ready, starting, current }: View): number {
  if (ready.length === 0) return current;
  const ratio = waitingOf(ready) / ready.length / target;
  if (starting === 0) return isNear(ratio) ? current : Math.ceil(ratio * ready.length);
  const all = ready.length + starting;
  const assumed = ratio > 1 ? 0 : starting * target;
  const corrected = (waitingOf(ready) + assumed) / all / target;
  return isNear(corrected) || corrected > 1 !== ratio > 1 ? current : Math.ceil(corrected * all);
}

/**
 * KEDA's ScaledObject with a Prometheus trigger: an HPA on an external metric (its default AverageValue), whose value is as old as
 * Prometheus' last scrape. Polling (30 s) and cooldown (300 s) only decide between minReplicaCount and none, and the floor is not 0 here.
 */
export function keda(threshold: number, limits: Limits): Policy {
  const stabilise = behaviour(limits);
  let scraped = { at: -Infinity, value: 0 };
  return {
    name: 'KEDA, its defaults',
    period: syncSeconds,
    decide: (view) => {
      const { now, current, ready } = view;
      if (now - scraped.at >= scrapeSeconds) scraped = { at: now, value: waitingOf(ready) };
      const proposal = isNear(scraped.value / (threshold * current)) ? current : Math.ceil(scraped.value / threshold);
      return stabilise(view, proposal);
    },
  };
}

function isNear(ratio: number): boolean {
  return Math.abs(ratio - 1) <= tolerance;
}

function waitingOf(replicas: readonly Replica[]): number {
  return replicas.reduce((sum, { queue }) => sum + queue.length, 0);
}

/** Default behaviour of autoscaling/v2: up by 4 pods or by 100 % in 15 s, whichever is more; down to the most recommended in 300 s. */
function behaviour({ min, max }: Limits): (view: View, desired: number) => number {
  let recommendations: { at: number; replicas: number }[] = [];
  return ({ now, current }, desired) => {
    if (recommendations.length === 0) recommendations.push({ at: now, replicas: current });
    recommendations = [
      ...recommendations.filter(({ at }) => at > now - downStabilizationSeconds),
      { at: now, replicas: desired },
    ];
    const stable =
      desired >= current ? desired : Math.min(current, Math.max(...recommendations.map(({ replicas }) => replicas)));
    const limited = Math.min(stable, Math.max(current + upPods, current * upFactor));
    return Math.min(max, Math.max(min, limited));
  };
}
