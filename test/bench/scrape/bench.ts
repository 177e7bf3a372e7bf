// What it costs to watch many replicas: a real operator and API server, kwok's pods, pages over real connections.
// `node test/bench/scrape/bench.ts`; STUDENTS=500 REPLICAS=4 SECONDS=60
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { renderTable } from '../../../src/cli/table.ts';
import { studentDeployments } from '../../../src/controllers/resources.ts';
import { inParallel } from '../../support/cluster-lanes.ts';
import { writesSince } from '../../support/cluster-idle.ts';
import { aStudentDeployment } from '../../support/cluster-objects.ts';
import type { Team } from '../../support/cluster-team.ts';
import { Cluster } from '../../support/cluster.ts';
import { addFakeNode, removeFakeNode } from '../../support/control-plane/fake-node.ts';
import { startShared, stopShared } from '../../support/control-plane/shared.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { writeProxyLogin } from '../../support/fault-proxy-login.ts';
import { requestText } from '../../support/fault-proxy-request.ts';
import type { OperatorProcess } from '../../support/operator-process.ts';
import { usageOf } from '../../support/process-usage.ts';
import { standInImages } from '../../support/stage-image/images.ts';
import { serverAddresses } from './routes.ts';

const students = Number(process.env['STUDENTS'] ?? 500);
const replicas = Number(process.env['REPLICAS'] ?? 4);
const seconds = Number(process.env['SECONDS'] ?? 60);
const perNode = 200;
const port = 18_000;
/** What an operator may take for it. */
const mostCores = 0.3;

async function main(): Promise<void> {
  await startShared();
  const servers = await startServers();
  const cluster = await Cluster.start({ nodes: [], images: standInImages() });
  const nodes = Array.from(
    { length: Math.ceil((students * replicas * 1.1) / perNode) },
    (_, index) => `scrape-${index}`,
  );
  try {
    await inParallel(4, nodes, async (name) => await addFakeNode(cluster.controlPlane, { name, ...shape }));
    await measure(cluster);
  } finally {
    for (const name of nodes) await removeFakeNode(cluster.controlPlane, name);
    for (const server of servers) server.kill();
    await cluster.stop();
    await stopShared();
  }
}

const shape = {
  labels: {
    'nvidia.com/gpu.product': 'NVIDIA-L4',
    'nvidia.com/gpu.memory': '23034',
    'nvidia.com/gpu.count': String(perNode),
    'distill.stratos.dev/pool': 'scrape',
  },
  capacity: { cpu: '1000', memory: '4000Gi', pods: String(perNode + 10), 'nvidia.com/gpu': String(perNode) },
};

async function startServers() {
  const file = resolve(import.meta.dirname, 'server.ts');
  return await Promise.all(
    serverAddresses.map(async (address) => {
      const child = spawn(process.execPath, [file, address, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      return child;
    }),
  );
}

async function measure(cluster: Cluster): Promise<void> {
  const team = await cluster.newTeam();
  const { server, ca } = cluster.controlPlane;
  const proxy = await FaultProxy.start({ server, ca, counts: () => true });
  const login = { server: proxy.url, token: cluster.operatorToken };
  const kubeconfig = await writeProxyLogin(join(cluster.dir, 'scrape.kubeconfig'), login);
  const operator = await cluster.startOperator({
    kubeconfig,
    namespaces: [team.namespace],
    preload: resolve(import.meta.dirname, 'routes.ts'),
  });
  try {
    await createStudents(team);
    await settled(team);
    await watch(operator, proxy);
  } finally {
    await operator.stop();
    await proxy.close();
    await team.disband();
  }
}

async function createStudents(team: Team): Promise<void> {
  const spec = {
    model: { uri: 'hf://example/tiny' },
    runtime: { port },
    serving: { maxTimeToFirstTokenMilliseconds: 500 },
    autoscaling: { minReplicas: replicas, maxReplicas: replicas * 2, targets: { waitingRequests: 4 } },
  };
  await inParallel(
    16,
    Array.from({ length: students }, (_, index) => `student-${index}`),
    async (name) => await team.apply(aStudentDeployment(name, spec)),
  );
}

/** All ready and measured; then the five minutes that are measured over have to lie after the start, and one more for what they say. */
async function settled(team: Team): Promise<void> {
  await team.eventually(
    'all students are ready and measured',
    async () => {
      const all = await team.list(studentDeployments);
      const done = all.filter(
        ({ status }) =>
          status?.readyRatio === `${replicas}/${replicas}` && status.measured?.requestsPerSecond !== undefined,
      );
      console.log(`${done.length} of ${students} students are ready and measured`);
      await sleep(5000);
      return done.length === students;
    },
    900_000,
  );
  await sleep(390_000);
}

async function watch(operator: OperatorProcess, proxy: FaultProxy): Promise<void> {
  const from = proxy.requests.length;
  const [before, pagesBefore] = [await usageOf(operator.pid), await pagesRead(operator)];
  await sleep(seconds * 1000);
  const [after, pagesAfter] = [await usageOf(operator.pid), await pagesRead(operator)];
  const cores = (after.cpuSeconds - before.cpuSeconds) / seconds;
  const writes = writesSince(proxy, from);
  const rows = [
    ['pages read', String(pagesAfter.ok - pagesBefore.ok)],
    ['pages that could not be read', String(pagesAfter.failed - pagesBefore.failed)],
    ['CPU, cores', cores.toFixed(3)],
    ['writes', String(writes.length)],
    ['RSS, MiB', after.rssMebibytes.toFixed(0)],
  ];
  const title = `${students} STUDENTS, ${students * replicas} PODS, ${seconds} S`;
  console.log(renderTable([{ title }, { title: '', align: 'right' }], rows));
  if (writes.length > 0) console.log(writes.slice(0, 20).map(requestText).join('\n'));
  if (writes.length > 0 || cores > mostCores) process.exitCode = 1;
}

async function pagesRead({ url }: OperatorProcess): Promise<{ ok: number; failed: number }> {
  const page = await (await fetch(`${url}/metrics`)).text();
  const count = (result: string) =>
    Number(new RegExp(`^stratos_scrapes_total\\{result="${result}"\\} (\\d+)`, 'm').exec(page)?.[1]);
  return { ok: count('ok'), failed: count('failed') };
}

await main();
process.exit();
