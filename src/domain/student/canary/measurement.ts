/** What both tracks did since a Canary's step began. Memory only: after a restart a step is measured anew, and judged later. */
import type { Pod } from '../../../api/core.ts';
import { trackLabel } from '../../../api/labels.ts';
import type { CanaryStatus } from '../../../api/v1alpha1/student-deployment.gen.ts';
import { type Histogram, mergeHistograms } from '../autoscale/histogram.ts';
import { type PodReading, type Readings, type Tick, tickOf } from '../autoscale/tick.ts';

export interface TrackMeasurement {
  /** That ended, well or badly. */
  readonly requests: number;
  readonly failed: number;
  readonly firstToken: Histogram | undefined;
  readonly interToken: Histogram | undefined;
}

export interface TrialMeasurement {
  /** The step that was measured: {@link stepId}. */
  readonly id: string;
  readonly stable: TrackMeasurement;
  readonly canary: TrackMeasurement;
}

const nothing: TrackMeasurement = { requests: 0, failed: 0, firstToken: undefined, interToken: undefined };

/** Undefined while no step has begun. */
export function stepId({ revision, step, stepStartTime }: CanaryStatus = {}): string | undefined {
  return stepStartTime === undefined ? undefined : [revision, step, stepStartTime].join('/');
}

export interface TrialLook {
  readonly id: string | undefined;
  readonly pods: readonly Pod[];
  readonly earlier: Readings;
  readonly readings: readonly PodReading[];
  readonly now: number;
}

/** Adds one look; what came before the step began is not counted. */
export function measureTrial(before: TrialMeasurement | undefined, look: TrialLook): TrialMeasurement | undefined {
  const { id, pods, earlier, readings, now } = look;
  if (id === undefined) return undefined;
  if (before?.id !== id) return { id, stable: nothing, canary: nothing };
  const canaries = new Set(pods.filter(isCanary).map(({ metadata }) => metadata.uid ?? metadata.name));
  const tick = (track: 'stable' | 'canary'): Tick =>
    tickOf(
      earlier,
      readings.filter(({ pod }) => canaries.has(pod) === (track === 'canary')),
      now,
    );
  return { id, stable: add(before.stable, tick('stable')), canary: add(before.canary, tick('canary')) };
}

export function isCanary({ metadata }: Pod): boolean {
  return metadata.labels?.[trackLabel] === 'canary';
}

function add(before: TrackMeasurement, tick: Tick): TrackMeasurement {
  return {
    requests: before.requests + tick.succeeded + tick.failed,
    failed: before.failed + tick.failed,
    firstToken: mergeHistograms([before.firstToken, tick.firstToken]),
    interToken: mergeHistograms([before.interToken, tick.interToken]),
  };
}
