/** Asks an installed operator from outside whether it works: what `helm test` runs, in the operator's own image. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface InstallationCheck {
  /** Of the Service in front of the replicas, such as `http://stratos-metrics.stratos-system.svc:8080`. */
  readonly url: string;
  /** Whether one of the replicas has to lead; with a single replica that needs no election, none says so. */
  readonly expectLeader: boolean;
  /** How long to go on asking, in milliseconds. */
  readonly withinMs?: number;
}

export interface Finding {
  readonly passed: boolean;
  /** One sentence, for the log of the test's pod. */
  readonly text: string;
}

/** A rollout and an election that have just begun are over by then. */
const defaultWithinMs = 60_000;
const pauseMs = 500;
const answerMs = 5_000;
const leads = /^leader_election_master_status(\{[^}]*\})? 1$/m;

/**
 * Asks until a replica is ready, which means that it has read every collection that it follows, and until one of them leads.
 * Each question is a connection of its own, so that a Service hands them to its replicas in turn.
 */
export async function checkInstallation(check: InstallationCheck): Promise<Finding> {
  const deadline = performance.now() + (check.withinMs ?? defaultWithinMs);
  for (;;) {
    const problem = await problemOf(check);
    if (problem === undefined) return { passed: true, text: `${check.url}: ${praise(check)}` };
    if (performance.now() > deadline) return { passed: false, text: `${check.url}: ${problem}` };
    await sleep(pauseMs);
  }
}

function praise({ expectLeader }: InstallationCheck): string {
  return expectLeader ? 'replicas are ready, and one of them leads' : 'the operator is ready';
}

async function problemOf({ url, expectLeader }: InstallationCheck): Promise<string | undefined> {
  const ready = await ask(`${url}/readyz`);
  if (!ready.passed) return `not ready: ${ready.text}`;
  if (!expectLeader) return undefined;
  // Twice: of two replicas that are asked in turn, each look would else ask the same one.
  const pages = [await ask(`${url}/metrics`), await ask(`${url}/metrics`)];
  return pages.some(({ text }) => leads.test(text))
    ? undefined
    : 'replicas are ready, and none of those that were asked leads';
}

async function ask(url: string): Promise<Finding> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerMs), headers: { connection: 'close' } });
    const text = await response.text();
    return { passed: response.ok, text: response.ok ? text : `${response.status} ${text.trim()}` };
  } catch (error) {
    const { message, cause } = error instanceof Error ? error : { message: String(error) };
    return { passed: false, text: cause instanceof Error ? `${message}: ${cause.message}` : message };
  }
}
