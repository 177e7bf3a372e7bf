/** A DistillationJob from a file, with the API server's defaults. */
import type { DistillationJob } from '../api/v1alpha1/distillation-job.gen.ts';
import { validateDistillationJob } from '../api/validate.ts';
import { readObjects } from './read-file.ts';
import { UsageError } from './usage-error.ts';

export function readJob(path: string): DistillationJob {
  const found = readObjects(path).filter(({ kind }) => kind === 'DistillationJob');
  const [job] = found;
  if (job === undefined || found.length > 1)
    throw new UsageError(`${path} must hold one DistillationJob; it holds ${found.length}`);
  const validated = validateDistillationJob(job);
  if (validated.ok) return validated.value;
  const wrong = validated.errors.map(({ path: field, message }) => `\n  ${field} ${message}`).join('');
  throw new UsageError(`${path} is not valid:${wrong}`);
}
