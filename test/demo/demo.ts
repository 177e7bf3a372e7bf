// `make demo`: one DistillationJob from kubectl apply to a student that answers over HTTP.
//
//   node test/demo/demo.ts [mahjong | arithmetic | mahjong-pilots]      KEEP=1 leaves the cluster up, STRATOS_DEMO_CLUSTER=... uses that one
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import type { DistillationJob, Score } from '../../src/api/v1alpha1/distillation-job.gen.ts';
import type { StudentDeployment } from '../../src/api/v1alpha1/student-deployment.gen.ts';
import { renderJob, renderScores } from '../../src/cli/job-view.ts';
import { LiveScreen } from '../../src/cli/live-screen.ts';
import { renderPilots } from '../../src/cli/pilots-view.ts';
import { renderPlan } from '../../src/cli/plan-view.ts';
import { renderTable } from '../../src/cli/table.ts';
import { endOnSignals } from '../support/end-on-signals.ts';
import type { DemoCluster } from './cluster.ts';
import { useCluster } from './existing-cluster.ts';
import { startLocalCluster } from './local-cluster.ts';
import { type Answered, ask } from './questions.ts';

const root = resolve(import.meta.dirname, '../..');
const namespace = 'demo';
const questions = 8;
const giveUpMs = 20 * 60_000;

interface Demo {
  readonly sample: string;
  /** A task that the trainer ships: where the questions come from. */
  readonly task: string;
  readonly story: string;
  /** What the demo claims; it fails when the intervals say otherwise. */
  readonly claim: string;
  readonly holds: (student: Bounds, teacher: Bounds) => boolean;
}

interface Bounds {
  readonly low: number;
  readonly high: number;
}

const demos: Readonly<Record<string, Demo>> = {
  mahjong: {
    sample: 'manifests/samples/mahjong.yaml',
    task: 'winning-tiles',
    story: 'The teacher knows no Mahjong. Stratos has to notice, and inject the knowledge from known answers.',
    claim: "the student's lower bound is above the teacher's upper one",
    holds: (student, teacher) => student.low > teacher.high,
  },
  arithmetic: {
    sample: 'manifests/samples/arithmetic.yaml',
    task: 'chained-arithmetic',
    story: 'The teacher knows the task. A student a fifth of its size learns its worked answers.',
    claim: "the student is within the teacher's interval or above",
    holds: (student, teacher) => student.high >= teacher.low,
  },
  'mahjong-pilots': {
    sample: 'manifests/samples/mahjong-pilots.yaml',
    task: 'winning-tiles',
    story: 'Two students, and no probe says which of them learns Mahjong better. Stratos has to try.',
    claim: "the student's lower bound is above the teacher's upper one",
    holds: (student, teacher) => student.low > teacher.high,
  },
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const heading = (title: string): void => say(`\n${styleText(['bold', 'cyan'], `── ${title} `.padEnd(78, '─'))}`);

async function main(name: string): Promise<void> {
  const demo = demos[name];
  if (demo === undefined)
    throw new Error(`there is no demo '${name}': DEMO is one of ${Object.keys(demos).join(', ')}`);
  const started = performance.now();
  heading(`Stratos demo: ${name}`);
  say(demo.story);
  const given = process.env['STRATOS_DEMO_CLUSTER'] ?? '';
  const cluster = given === '' ? await startLocalCluster({ dir: join(root, '.demo'), say }) : await useCluster(given);
  try {
    if (cluster.simulation !== undefined) say(styleText('yellow', cluster.simulation));
    await tell(cluster, name, demo);
    say(`\nthe demo took ${Math.round((performance.now() - started) / 1000)} s`);
    whatNext(name);
    if (process.env['KEEP'] === '1') await keepOpen(cluster);
  } finally {
    await cluster.close();
  }
}

async function tell(cluster: DemoCluster, name: string, demo: Demo): Promise<void> {
  const { sample, task } = demo;
  heading(`kubectl apply -f ${sample}`);
  await cluster.kubectl(['create', 'namespace', namespace]).catch(() => undefined);
  say(
    (await cluster.kubectl(['apply', '-n', namespace, '-f', '-'], await readFile(join(root, sample), 'utf8'))).trim(),
  );
  const job = await watchJob(cluster, name);
  heading('the plan');
  say([renderPlan(job), renderPilots(job)].filter(Boolean).join('\n\n'));
  heading('what the student learned');
  say(renderScores(job));
  checkClaim(job, demo);
  if (job.status?.artifact === undefined) throw new Error('the student was not published; kubectl describe says why');
  heading('serving with vLLM');
  const student = await watchStudent(cluster, job.status.deploymentName ?? name);
  const service = await cluster.forward(namespace, student.metadata.name);
  say(`questions to ${service.url}/v1/chat/completions, which leads to ${student.status?.url}`);
  showAnswers(await ask({ url: service.url, model: student.status?.modelName ?? name, task, count: questions }));
  await service.close();
  heading('kubectl get stratos');
  say((await cluster.kubectl(['get', 'stratos', '-n', namespace])).trim());
}

function checkClaim({ status }: DistillationJob, { claim, holds }: Demo): void {
  const student = boundsOf(status?.evaluation?.student);
  const teacher = boundsOf(status?.evaluation?.teacher);
  if (!holds(student, teacher)) throw new Error(`this demo claims that ${claim}, and the evaluation says otherwise`);
  say(`so ${claim}`);
}

function boundsOf(score: Score | undefined): Bounds {
  return { low: Number(score?.accuracyLow), high: Number(score?.accuracyHigh) };
}

async function watchJob(cluster: DemoCluster, name: string): Promise<DistillationJob> {
  const screen = new LiveScreen(process.stdout);
  const deadline = Date.now() + giveUpMs;
  while (Date.now() < deadline) {
    const job = JSON.parse(
      await cluster.kubectl(['get', 'distillationjob', name, '-n', namespace, '-o', 'json']),
    ) as DistillationJob;
    screen.show(renderJob(job, Date.now()));
    const summary = job.status?.conditions?.find(({ type }) => type === 'Succeeded');
    if (summary?.status === 'True') return job;
    if (summary?.status === 'False') throw new Error(`the distillation failed: ${summary.reason}: ${summary.message}`);
    await sleep(1000);
  }
  throw new Error(`the distillation did not end within ${giveUpMs / 60_000} minutes`);
}

async function watchStudent(cluster: DemoCluster, name: string): Promise<StudentDeployment> {
  const screen = new LiveScreen(process.stdout);
  const deadline = Date.now() + giveUpMs;
  while (Date.now() < deadline) {
    const student = JSON.parse(
      await cluster.kubectl(['get', 'studentdeployment', name, '-n', namespace, '-o', 'json']),
    ) as StudentDeployment;
    const ready = student.status?.conditions?.find(({ type }) => type === 'Ready');
    screen.show(`${student.status?.readyRatio ?? '0/?'} ready: ${(ready?.message ?? 'starting').split('\n')[0]}`);
    if (ready?.status === 'True') return student;
    await sleep(1000);
  }
  throw new Error(`the student did not become ready within ${giveUpMs / 60_000} minutes`);
}

function showAnswers(answers: readonly Answered[]): void {
  const rows = answers.map(({ prompt, completion, right, milliseconds }) => [
    prompt,
    completion,
    right ? styleText('green', 'right') : styleText('red', 'wrong'),
    String(milliseconds),
  ]);
  say(
    renderTable(
      [{ title: 'QUESTION' }, { title: "STUDENT'S ANSWER" }, { title: 'SOLVER SAYS' }, { title: 'MS', align: 'right' }],
      rows,
    ),
  );
  say(`${answers.filter(({ right }) => right).length} of ${answers.length} right`);
}

function whatNext(name: string): void {
  heading('what to try next');
  say('  make demo KEEP=1                       leave the cluster up and look around');
  say(`  make demo DEMO=${name === 'mahjong' ? 'arithmetic' : 'mahjong   '}              the other strategy`);
  say('  manifests/samples/                     the jobs to copy for a task of your own');
  say('  docs/quick-start.md                    the same on a cluster with GPUs');
}

async function keepOpen({ kubeconfig }: DemoCluster): Promise<void> {
  heading('the cluster stays up until Ctrl-C');
  say(`  export KUBECONFIG=${relative(process.cwd(), kubeconfig)}`);
  say(`  kubectl get stratos -n ${namespace}; kubectl describe dj -n ${namespace}`);
  say('  node src/cli/stratos.ts explain -n demo NAME        (with Node 24: node_modules/.bin/node)');
  await once(process, 'exit');
}

endOnSignals();
await main(process.argv[2] ?? 'mahjong').then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`\ndemo: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
