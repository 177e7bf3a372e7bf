// Measures the operator as a process: what it costs to do nothing, and how long it takes to begin. `node test/bench/operator/bench.ts`
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { renderTable } from '../../../src/cli/table.ts';
import { makeIdleJobs, writesSince } from '../../support/cluster-idle.ts';
import { l4Pool } from '../../support/cluster-pools.ts';
import type { Team } from '../../support/cluster-team.ts';
import { Cluster } from '../../support/cluster.ts';
import { startShared, stopShared } from '../../support/control-plane/shared.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { writeProxyLogin } from '../../support/fault-proxy-login.ts';
import { requestText } from '../../support/fault-proxy-request.ts';
import type { OperatorProcess } from '../../support/operator-process.ts';
import { usageOf } from '../../support/process-usage.ts';
import { standInImages } from '../../support/stage-image/images.ts';
import { median, percentile, timeFirstChildren, timePlainJobs } from './latency.ts';

const idleJobs = Number(process.env['IDLE_JOBS'] ?? 1000);
const idleSeconds = Number(process.env['IDLE_SECONDS'] ?? 60);
const samples = 50;

async function main(): Promise<void> {
  await startShared();
  const cluster = await Cluster.start({ nodes: [l4Pool('l4', 4)], images: standInImages() });
  try {
    await measureLatency(cluster);
    await measureIdle(cluster);
  } finally {
    await cluster.stop();
    await stopShared();
  }
}

async function measureLatency(cluster: Cluster): Promise<void> {
  const team = await cluster.newTeam();
  const operator = await cluster.startOperator({ namespaces: [team.namespace] });
  const plain = await timePlainJobs(cluster.client, team, samples);
  const first = await timeFirstChildren(cluster.client, team, samples);
  await operator.stop();
  await team.disband();
  const row = (what: string, times: readonly number[]): string[] => [
    what,
    median(times).toFixed(1),
    percentile(times, 0.99).toFixed(1),
    (median(times) / median(plain)).toFixed(1),
  ];
  const columns = [
    { title: `FROM CREATE TO EVENT (${samples} EACH)` },
    { title: 'MEDIAN MS', align: 'right' },
    { title: 'P99 MS', align: 'right' },
    { title: 'RATIO', align: 'right' },
  ] as const;
  console.log(
    renderTable(columns, [row('a Job, created directly', plain), row('a DistillationJob, its first stage Job', first)]),
  );
}

async function measureIdle(cluster: Cluster): Promise<void> {
  const team = await cluster.newTeam();
  const { server, ca } = cluster.controlPlane;
  const proxy = await FaultProxy.start({ server, ca, counts: () => true });
  const kubeconfig = await writeProxyLogin(join(cluster.dir, 'idle.kubeconfig'), {
    server: proxy.url,
    token: cluster.operatorToken,
  });
  const operator = await cluster.startOperator({ kubeconfig, namespaces: [team.namespace] });
  await makeIdleJobs(cluster.client, team, idleJobs);
  await sleep(10_000);
  await watchIdle(operator, proxy, team);
  await operator.stop();
  await proxy.close();
  await team.disband();
}

async function watchIdle(operator: OperatorProcess, proxy: FaultProxy, team: Team): Promise<void> {
  const from = proxy.requests.length;
  const before = await usageOf(operator.pid);
  await sleep(idleSeconds * 1000);
  const after = await usageOf(operator.pid);
  const writes = writesSince(proxy, from);
  const rows = [
    ['writes', String(writes.length)],
    ['requests', String(proxy.requests.length - from)],
    ['CPU, % of a core', (((after.cpuSeconds - before.cpuSeconds) / idleSeconds) * 100).toFixed(2)],
    ['RSS, MiB', after.rssMebibytes.toFixed(0)],
  ];
  console.log(renderTable([{ title: `${idleJobs} IDLE JOBS, ${idleSeconds} S` }, { title: '', align: 'right' }], rows));
  if (writes.length === 0) return;
  process.exitCode = 1;
  console.log(`an idle operator wrote in ${team.namespace}:\n${writes.map(requestText).join('\n')}`);
}

await main();
process.exit();
