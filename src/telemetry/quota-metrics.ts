import { Gauge, type Registry } from 'prom-client';
import type { DistillationQuota } from '../api/v1alpha1/distillation-quota.gen.ts';

interface QuotaSource {
  list(): readonly DistillationQuota[];
}

type Amounts = Readonly<Record<string, number | undefined>>;

/** The ledgers as they are when somebody asks. Quotas are written by administrators, so their names are bounded. */
export function registerQuotaMetrics(registry: Registry, quotas: QuotaSource): void {
  const amounts = (name: string, help: string, of: (quota: DistillationQuota) => Amounts): void => {
    registry.registerMetric(amountGauge({ name, help, quotas, of }));
  };
  amounts('stratos_quota_limit', 'Caps of DistillationQuotas.', limitsOf);
  amounts('stratos_quota_spent', 'Charged to DistillationQuotas in this period.', ({ status }) => ({
    cost: Number(status?.spent?.cost ?? 0),
    gpu_hours: (status?.spent?.gpuSeconds ?? 0) / 3600,
  }));
  amounts('stratos_quota_reserved', 'What granted jobs may still use, and what they hold.', ({ status }) => ({
    cost: Number(status?.reserved?.cost ?? 0),
    gpu_hours: (status?.reserved?.gpuSeconds ?? 0) / 3600,
    gpus: status?.reserved?.gpus ?? 0,
    jobs: status?.reserved?.jobs ?? 0,
  }));
  registry.registerMetric(waitingGauge(quotas));
}

function limitsOf({ spec: { limits } }: DistillationQuota): Amounts {
  return {
    cost: limits.cost === undefined ? undefined : Number(limits.cost),
    gpu_hours: limits.gpuHours === undefined ? undefined : Number(limits.gpuHours),
    gpus: limits.gpus,
    jobs: limits.jobs,
  };
}

interface AmountGauge {
  readonly name: string;
  readonly help: string;
  readonly quotas: QuotaSource;
  readonly of: (quota: DistillationQuota) => Amounts;
}

function amountGauge({ name, help, quotas, of }: AmountGauge): Gauge {
  return new Gauge({
    name,
    help,
    labelNames: ['namespace', 'quota', 'resource'],
    registers: [],
    collect() {
      this.reset();
      for (const quota of quotas.list()) {
        const { namespace, name: quotaName } = quota.metadata;
        for (const [resource, value] of Object.entries(of(quota))) {
          if (value !== undefined) this.set({ namespace, quota: quotaName, resource }, value);
        }
      }
    },
  });
}

function waitingGauge(quotas: QuotaSource): Gauge {
  return new Gauge({
    name: 'stratos_quota_waiting_jobs',
    help: 'Jobs that wait for a DistillationQuota.',
    labelNames: ['namespace', 'quota'],
    registers: [],
    collect() {
      this.reset();
      for (const { metadata, status } of quotas.list())
        this.set({ namespace: metadata.namespace, quota: metadata.name }, status?.waiting ?? 0);
    },
  });
}
