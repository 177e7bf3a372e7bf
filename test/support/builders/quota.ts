import type { DistillationQuota, DistillationQuotaSpec } from '../../../src/api/v1alpha1/distillation-quota.gen.ts';
import { validateDistillationQuota } from '../../../src/api/validate.ts';

/** A stored DistillationQuota with every default that the API server would fill in, and no ledger yet. */
export function aQuota(spec: Partial<DistillationQuotaSpec> = {}, name = 'team-a'): DistillationQuota {
  const result = validateDistillationQuota({
    apiVersion: 'distill.stratos.dev/v1alpha1',
    kind: 'DistillationQuota',
    metadata: {
      name,
      namespace: 'team-a',
      uid: `uid-of-${name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-03-01T00:00:00Z',
    },
    spec,
  });
  if (!result.ok) throw new Error(`building a quota: ${JSON.stringify(result.errors)}`);
  return result.value;
}
