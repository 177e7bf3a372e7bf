import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Launch, runCommand } from './container-process.ts';
import { toLoopback } from './pod-address.ts';
import type { Container, LifecycleHandler, Probe } from './types.ts';
import type { Watchdog } from './watchdog.ts';

/** How a probe stands: its verdict, and how many results in a row speak for the other one. */
export interface ProbeState {
  healthy: boolean;
  streak: number;
}

/** The state after one more result: the verdict turns when a streak reaches its threshold. */
export function probeStep(state: ProbeState, succeeded: boolean, probe: Probe): ProbeState {
  if (succeeded === state.healthy) return { healthy: state.healthy, streak: 0 };
  const streak = state.streak + 1;
  const threshold = succeeded ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  return streak >= threshold ? { healthy: succeeded, streak: 0 } : { healthy: state.healthy, streak };
}

/** What is needed to ask a container how it is. */
export interface ProbeTarget {
  container: Container;
  /** The loopback address that the container listens on. */
  address: string;
  /** Turns a command written for the container into one for this machine. */
  launchFor: (command: string[]) => Launch;
  watchdog: Watchdog;
}

export interface ProbeRun {
  probe: Probe;
  initial: boolean;
  target: ProbeTarget;
  signal: AbortSignal;
  /** Called with every single result, and with the verdict after it. */
  onResult: (succeeded: boolean, state: ProbeState, failedInARow: number) => void;
}

/** Probes until the signal is aborted. */
export async function runProbe({ probe, initial, target, signal, onResult }: ProbeRun): Promise<void> {
  let state: ProbeState = { healthy: initial, streak: 0 };
  let failedInARow = 0;
  const pause = (seconds: number) => sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
  await pause(probe.initialDelaySeconds ?? 0);
  while (!signal.aborted) {
    const succeeded = await performCheck(probe, target, (probe.timeoutSeconds ?? 1) * 1000);
    if (signal.aborted) return;
    state = probeStep(state, succeeded, probe);
    failedInARow = succeeded ? 0 : failedInARow + 1;
    onResult(succeeded, state, failedInARow);
    await pause(probe.periodSeconds ?? 10);
  }
}

/** Carries out a probe's or hook's action once: true when it succeeded in time. */
export async function performCheck(
  handler: Probe | LifecycleHandler,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<boolean> {
  if (handler.exec) return runCommand(target.launchFor(handler.exec.command ?? []), timeoutMs, target.watchdog);
  if (handler.httpGet) return checkHttp(handler.httpGet, target, timeoutMs);
  if (handler.tcpSocket) {
    return checkTcp(
      hostOf(handler.tcpSocket.host, target),
      portOf(handler.tcpSocket.port, target.container),
      timeoutMs,
    );
  }
  return false; // gRPC, which the local node does not speak
}

function hostOf(host: string | undefined, target: ProbeTarget): string {
  return host ? toLoopback(host) : target.address;
}

function portOf(port: string | number, container: Container): number {
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  return named ?? Number(port);
}

type HttpGet = NonNullable<Probe['httpGet']>;

function checkHttp(action: HttpGet, target: ProbeTarget, timeoutMs: number): Promise<boolean> {
  const get = action.scheme === 'HTTPS' ? httpsGet : httpGet;
  const options = {
    host: hostOf(action.host, target),
    port: portOf(action.port, target.container),
    path: action.path ?? '/',
    headers: Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value])),
    rejectUnauthorized: false,
    agent: false as const,
    signal: AbortSignal.timeout(timeoutMs),
  };
  return new Promise((resolve) => {
    const request = get(options, (response) => {
      response.resume();
      resolve((response.statusCode ?? 0) >= 200 && (response.statusCode ?? 0) < 400);
    });
    request.once('error', () => resolve(false));
  });
}

function checkTcp(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (succeeded: boolean) => {
      socket.destroy();
      resolve(succeeded);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
