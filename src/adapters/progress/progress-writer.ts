import { unlessRefused, type ApiObject, type KubeApi } from './kube-api.ts';
import type { JobKey, TrainerStatus } from './protocol.ts';
import type { WriteProgress } from './report-handler.ts';

export interface ProgressWriterOptions {
  readonly api: Pick<KubeApi, 'apply'>;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

interface Written {
  readonly at: number;
  readonly percentage: number | undefined;
}

const distillationJobs = {
  group: 'distill.stratos.dev',
  version: 'v1alpha1',
  plural: 'distillationjobs',
  kind: 'DistillationJob',
  namespaced: true,
};

const noSuchJob = Symbol('no such job');

/** Of its own, so that what the operator applies to the status never removes progress, nor the reverse. */
const fieldManager = 'stratos-progress';
const minIntervalMs = 5_000;
/** A report that moved by less than a percent is written all the same after this, to show that the trainer lives. */
const refreshMs = 60_000;
const maxRemembered = 10_000;

/**
 * Writes reports to `status.trainerStatus` and `status.progress` by server-side apply.
 *
 * Every write makes watchers, Argo CD among them, look at the object again; so most reports are not written. What was
 * written is remembered per replica: two replicas that take turns write at most twice as often.
 */
export function progressWriter({ api, monotonic }: ProgressWriterOptions): WriteProgress {
  const written = new Map<string, Written>();

  return async (job, status) => {
    const key = `${job.namespace}/${job.name}`;
    const now = monotonic();
    const last = written.get(key);
    if (last !== undefined && !isWorthWriting(last, status, now)) return true;
    const applied = api.apply(distillationJobs, patchOf(job, status), {
      fieldManager,
      force: true,
      subresource: 'status',
    });
    if ((await unlessRefused([404], applied, noSuchJob)) === noSuchJob) return false;
    remember(written, key, { at: now, percentage: status.progressPercentage });
    return true;
  };
}

function isWorthWriting(last: Written, status: TrainerStatus, now: number): boolean {
  const moved = last.percentage !== status.progressPercentage; // whole percents: any change is at least one
  if (moved && status.progressPercentage === 100) return true;
  return now - last.at >= (moved ? minIntervalMs : refreshMs);
}

/** A report without a percentage removes the one shown: an old number beside new metrics would be a lie. */
function patchOf({ namespace, name }: JobKey, status: TrainerStatus): ApiObject & { status: object } {
  const { progressPercentage } = status;
  return {
    apiVersion: 'distill.stratos.dev/v1alpha1',
    kind: 'DistillationJob',
    metadata: { namespace, name },
    status: {
      trainerStatus: status,
      ...(progressPercentage !== undefined && { progress: `${progressPercentage}%` }),
    },
  };
}

function remember(written: Map<string, Written>, key: string, entry: Written): void {
  written.delete(key);
  written.set(key, entry);
  const oldest = written.keys().next();
  if (written.size > maxRemembered && oldest.done !== true) written.delete(oldest.value);
}
