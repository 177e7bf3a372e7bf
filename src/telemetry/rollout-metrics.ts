import { Gauge, type Registry } from 'prom-client';
import type { StudentDeployment } from '../api/v1alpha1/student-deployment.gen.ts';

interface StudentSource {
  list(): readonly StudentDeployment[];
}

/** How rollouts stand when somebody asks, by the operator's own words: their number is bounded, whoever names students. */
export function registerRolloutMetrics(registry: Registry, students: StudentSource): void {
  registry.registerMetric(
    new Gauge({
      name: 'stratos_student_rollouts',
      help: 'StudentDeployments by namespace and reason of their condition Progressing.',
      labelNames: ['namespace', 'reason'],
      registers: [],
      collect() {
        this.reset();
        for (const { metadata, status } of students.list()) {
          const reason = status?.conditions?.find(({ type }) => type === 'Progressing')?.reason;
          if (reason !== undefined) this.inc({ namespace: metadata.namespace, reason });
        }
      },
    }),
  );
}
