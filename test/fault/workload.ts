// One whole life: a DistillationJob that ends in a StudentDeployment, and a rollout of that; with or without a fault in it.
import { studentDeployments } from '../../src/controllers/resources.ts';
import { aClaim, aDistillationJob } from '../support/cluster-objects.ts';
import type { Team } from '../support/cluster-team.ts';
import type { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { type FaultPlan, FaultProxy, type RecordedRequest } from '../support/fault-proxy.ts';
import type { ApiRequest } from '../support/fault-proxy-request.ts';
import { AuditMark } from '../support/cluster-audit.ts';
import { endState } from './end-state.ts';
import { SupervisedOperator } from './supervised-operator.ts';

export interface Life {
  /** The writes that succeeded, in order. */
  readonly writes: readonly RecordedRequest[];
  /** Those that the plan struck. */
  readonly struck: readonly RecordedRequest[];
  readonly restarts: number;
  readonly end: Record<string, unknown>;
  /** From the audit log: how often each object was created and deleted. */
  readonly deeds: Record<string, number>;
  readonly seconds: number;
}

/** Stable means: not a write for this long. */
const quietMs = 3000;
const quietWithinMs = 60_000;
/** Patience, not a limit: six lives share the machine. */
const stepMs = 300_000;

/** What happens while the operator works, besides the plan. */
export type Meanwhile = (proxy: FaultProxy, team: Team) => Promise<void>;

export async function live(cluster: Cluster, plans: readonly FaultPlan[] = [], meanwhile?: Meanwhile): Promise<Life> {
  const started = performance.now();
  const team = await cluster.newTeam();
  const audit = await AuditMark.set(cluster.controlPlane.audit);
  const { server, ca } = cluster.controlPlane;
  const counts = ({ namespace, resource }: ApiRequest): boolean =>
    namespace === team.namespace && resource !== 'events';
  const proxy = await FaultProxy.start({ server, ca, counts });
  const operator = await SupervisedOperator.start(cluster, { server: proxy.url, namespaces: [team.namespace] });
  try {
    proxy.arm(plans, operator.kill);
    await Promise.all([distilAndRoll(team), meanwhile?.(proxy, team)]);
    await untilQuiet(proxy, team);
    return {
      writes: proxy.writes,
      struck: proxy.requests.filter(({ fault }) => fault !== undefined),
      restarts: operator.restarts,
      end: await endState(team),
      deeds: await audit.creationsAndDeletions(team.namespace),
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    await operator.stop();
    await proxy.close();
    await team.disband();
  }
}

/** Two students that trial runs tell apart, so that every kind of stage is on the way. */
const searching = {
  students: ['small', 'large'].map((name) => ({ name, uri: 'builtin://models/winning-tiles-student' })),
  objective: { policy: 'AccuracyFirst' },
  search: { maxPilots: 2 },
} as const;

async function distilAndRoll(team: Team): Promise<void> {
  await team.apply(aClaim(), aDistillationJob('tiles', { ...searching, deployment: { spec: { replicas: 1 } } }));
  await team.jobCondition('Succeeded', { status: 'True' }, { withinMs: stepMs });
  await rolledOut(team, '1');
  await team.patch(studentDeployments, 'tiles', { spec: { runtime: { args: ['--max-num-seqs', '8'] } } });
  await rolledOut(team, '2');
}

/** Ready with the newest revision alone, said of the newest spec. */
async function rolledOut(team: Team, generation: string): Promise<void> {
  await team.eventually(
    `the student of generation ${generation} is rolled out`,
    async () => {
      const { metadata, status } = await team.student();
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      return (
        String(metadata.generation) === generation &&
        status?.observedGeneration === metadata.generation &&
        status?.currentRevision === status?.updateRevision &&
        ready?.reason === 'Available'
      );
    },
    stepMs,
  );
}

async function untilQuiet(proxy: FaultProxy, team: Team): Promise<void> {
  let seen = -1;
  let since = performance.now();
  await eventually(
    `no write for ${quietMs} ms`,
    () => {
      const { length } = proxy.writes;
      if (length !== seen) since = performance.now();
      seen = length;
      return performance.now() - since >= quietMs;
    },
    { withinMs: quietWithinMs, show: () => team.describe() },
  );
}
