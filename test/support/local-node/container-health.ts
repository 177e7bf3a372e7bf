import { type ProbeTarget, runProbe } from './probes.ts';
import type { Container, Probe } from './types.ts';

type ProbeKind = 'Startup' | 'Liveness' | 'Readiness';

export interface HealthListener {
  changed(health: { started: boolean; ready: boolean }): void;
  /** Called with every failed check. */
  unhealthy(kind: ProbeKind): void;
  /** Called when the container must be killed, with the probe's own grace period where it has one. */
  failed(kind: ProbeKind, graceSeconds: number | undefined): void;
}

export interface HealthWatch {
  stop(): void;
}

/** Probes a running container: liveness and readiness count only once the startup probe has succeeded. */
export function watchHealth(container: Container, target: ProbeTarget, listener: HealthListener): HealthWatch {
  const controller = new AbortController();
  const startup = new AbortController();
  const stop = () => {
    startup.abort();
    controller.abort();
  };
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const begin = () => {
    listener.changed({ started: true, ready: !readinessProbe });
    if (livenessProbe) untilFailed('Liveness', livenessProbe, controller);
    if (readinessProbe) followReadiness(readinessProbe);
  };

  function untilFailed(kind: ProbeKind, probe: Probe, until: AbortController): void {
    let failed = false;
    void runProbe({
      probe,
      initial: kind === 'Liveness',
      target,
      signal: until.signal,
      onResult: (succeeded, { healthy }, failedInARow) => {
        if (!succeeded) listener.unhealthy(kind);
        if (failed) return;
        if (kind === 'Startup' && healthy) {
          startup.abort();
          begin();
        } else if (failedInARow >= (probe.failureThreshold ?? 3)) {
          failed = true;
          listener.failed(kind, probe.terminationGracePeriodSeconds);
        }
      },
    });
  }

  function followReadiness(probe: Probe): void {
    void runProbe({
      probe,
      initial: false,
      target,
      signal: controller.signal,
      onResult: (succeeded, { healthy }) => {
        if (!succeeded) listener.unhealthy('Readiness');
        listener.changed({ started: true, ready: healthy });
      },
    });
  }

  if (startupProbe) untilFailed('Startup', startupProbe, startup);
  else begin();
  return { stop };
}
