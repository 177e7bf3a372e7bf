import assert from 'node:assert/strict';
import { stringify } from 'yaml';
import { estimateCommand } from '../../../src/cli/estimate-command.ts';
import { planCommand } from '../../../src/cli/plan-command.ts';
import { makePlan } from '../../../src/domain/planning/plan.ts';
import type { PlanInputs } from '../../../src/domain/planning/request.ts';
import { fleet } from '../../bench/planner/fleet.ts';
import {
  aNode,
  aProfile,
  aRequest,
  awsLabels,
  discover,
  facts,
  h100Node,
  l4Node,
  planInputs,
  poolsOf,
} from '../domain/planning/builders.ts';
import { jobYaml, withFiles } from './files.ts';

const PRICE = 'distill.stratos.dev/price-per-hour';
const budget = { currency: 'USD', amount: '100' };
const priced = (price: string) => poolsOf(aNode({ ...l4Options, annotations: { [PRICE]: price } }));
const l4Options = { name: 'l4', gpus: 1, labels: awsLabels('g6.2xlarge', 'NVIDIA-L4', 23_034) };
const withServing = (serving: object) => aRequest({ constraints: { serving } });
const student = (changes: object) =>
  aProfile({
    models: aProfile().models.map((model) =>
      model.role === 'Student' && model.facts ? { ...model, facts: { ...model.facts, ...changes } } : model,
    ),
  });

/** The reason that stands in the way, and what its sentence has to name. */
const refused: Record<string, { inputs: Partial<PlanInputs>; want: string; names: RegExp }> = {
  'an empty cluster': { inputs: { pools: [] }, want: 'NoPools', names: /no nodes/ },
  'no student': { inputs: { request: aRequest({ students: [] }) }, want: 'NoModels', names: /one student/ },
  'an unknown GPU product': {
    inputs: { pools: poolsOf(aNode({ gpus: 8, labels: { 'nvidia.com/gpu.product': 'B999' } })) },
    want: 'GpuUnknown',
    names: /B999/,
  },
  'a model without a config': {
    inputs: { profile: aProfile({ models: [] }) },
    want: 'ModelFactsMissing',
    names: /size of student student/,
  },
  'a model of NaN layers': {
    inputs: { profile: student({ layers: Number.NaN }) },
    want: 'ModelFactsMissing',
    names: /student/,
  },
  'a model of a negative size': {
    inputs: { profile: student({ parameters: -5 }) },
    want: 'ModelFactsMissing',
    names: /student/,
  },
  'a rate that is not a number': {
    inputs: { request: withServing({ requestsPerSecond: Number.NaN }) },
    want: 'RequestInvalid',
    names: /constraints\.serving\.requestsPerSecond is NaN/,
  },
  'answers of no tokens': {
    inputs: { request: withServing({ outputTokens: 0 }) },
    want: 'RequestInvalid',
    names: /outputTokens is 0; it must be a number from 1 up/,
  },
  'a budget that is no amount': {
    inputs: { request: aRequest({ constraints: { budget: { currency: 'USD', amount: 'lots' } } }) },
    want: 'RequestInvalid',
    names: /constraints\.budget\.amount is "lots"/,
  },
  'no training examples': {
    inputs: { profile: aProfile({ trainExamples: 0 }) },
    want: 'RequestInvalid',
    names: /trainExamples/,
  },
  'a price of zero, under a budget': {
    inputs: { pools: priced('0'), request: aRequest({ constraints: { budget } }) },
    want: 'PriceUnknown',
    names: /zero/,
  },
  'a negative price, under a budget': {
    inputs: { pools: priced('-3'), request: aRequest({ constraints: { budget } }) },
    want: 'PriceUnknown',
    names: /-3/,
  },
  'a price that is not a number, under a budget': {
    inputs: { pools: priced('NaN'), request: aRequest({ constraints: { budget } }) },
    want: 'PriceUnknown',
    names: /NaN/,
  },
  'a floor above what can be reached, and a deadline of a second': {
    inputs: { request: aRequest({ constraints: { minAccuracy: 0.2, maxTrainingSeconds: 1 } }) },
    want: 'DeadlineExceeded',
    names: /the limit is 1 s/,
  },
  'a pool by name and a region that it is not in': {
    inputs: { request: aRequest({ placement: { poolName: 'nowhere', regions: ['mars'] } }) },
    want: 'PoolNotSelected',
    names: /nowhere/,
  },
};

describe('what makes no sense, given to the planner,', () => {
  for (const [name, { inputs, want, names }] of Object.entries(refused)) {
    it(`${name}: ${want}`, () => {
      const plan = makePlan(planInputs(inputs));
      assert.equal(plan.selected, null);
      assert.equal(plan.blocker?.reason, want, plan.blocker?.message);
      assert.match(plan.blocker?.message ?? '', names);
    });
  }

  it('a price of zero is unknown, and not nothing', () => {
    const plan = makePlan(planInputs({ pools: priced('0') }));
    assert.notEqual(plan.selected, null);
    assert.equal(plan.selected?.objectives.cost, null);
    assert.ok(plan.notes.some((note) => note.startsWith('cost is unknown')));
  });

  for (const weights of [
    { accuracy: 0, latency: 0, trainingTime: 0, cost: 0 },
    { accuracy: Number.NaN, latency: 1, trainingTime: 1, cost: 1 },
    { accuracy: 5, latency: -1, trainingTime: 1, cost: 1 },
  ]) {
    it(`weights ${JSON.stringify(weights)} are not used, and the plan says so`, () => {
      const plan = makePlan(planInputs({ request: aRequest({ objective: { weights } }) }));
      assert.ok(plan.notes.some((note) => note.includes('weights are not usable')));
      assert.equal(plan.selected?.name, makePlan(planInputs()).selected?.name);
    });
  }

  it('a hundred thousand nodes are planned on', function () {
    this.timeout(30_000);
    const { pools } = discover(fleet(100_000));
    const plan = makePlan(planInputs({ pools }));
    assert.equal(pools.length, 40);
    assert.notEqual(plan.selected, null);
  });

  it('a vocabulary of 256 k and a context of a million tokens are counted', () => {
    const long = student({ vocabularySize: 262_144, maxPositions: 1_048_576 });
    const request = withServing({ inputTokens: 900_000, outputTokens: 1_000 });
    const plan = makePlan(planInputs({ profile: long, request, pools: poolsOf(h100Node(), l4Node()) }));
    assert.match(plan.selected?.servingPool ?? '', /^h100/);
    assert.ok((plan.selected?.predicted.timeToFirstTokenMilliseconds ?? 0) > 1_000);
    assert.notEqual(facts('google/gemma-2-9b-it').slidingWindow, undefined);
  });
});

describe('what makes no sense, given to the command line,', () => {
  const files = withFiles();
  const nodes = (items: readonly object[]) =>
    files.write('nodes.yaml', stringify({ kind: 'List', apiVersion: 'v1', items }));
  const job = (constraints: object) => files.write('job.yaml', jobYaml(constraints));
  const planOf = async (constraints: object, items: readonly object[]) =>
    await planCommand({ filename: job(constraints), nodes: nodes(items) }, '2026-01-15');

  it('an unknown GPU and a price of zero are told, with exit code 1', async () => {
    const odd = {
      kind: 'Node',
      ...aNode({ gpus: 1, labels: { 'nvidia.com/gpu.product': 'B999' }, annotations: { [PRICE]: '0' } }),
    };
    const { exitCode, text } = await planOf({}, [odd]);
    assert.equal(exitCode, 1);
    assert.match(text, /GpuUnknown/);
  });
  it('limits that contradict each other name the way out', async () => {
    const { exitCode, text } = await planOf({ maxTrainingSeconds: 1 }, [{ kind: 'Node', ...l4Node() }]);
    assert.equal(exitCode, 1);
    assert.match(
      text,
      /DeadlineExceeded.*changing constraints\.maxTrainingSeconds from 1 to \d+ would admit a candidate/s,
    );
  });
  it('a number that the API would refuse names its field', async () => {
    await assert.rejects(planOf({ maxTrainingSeconds: -1 }, [{ kind: 'Node', ...l4Node() }]), /maxTrainingSeconds/);
  });
  it('rows with zeros, NaN and unknown names are counted with their reasons', () => {
    const rows = [
      'gpu,tp,framework,model,isl,osl,batch,latency_s,dtype',
      'L4,1,vLLM,Qwen/Qwen2.5-7B-Instruct,0,128,1,2,fp16',
      'L4,1,vLLM,Qwen/Qwen2.5-7B-Instruct,128,NaN,1,2,fp16',
      'L4,-1,vLLM,Qwen/Qwen2.5-7B-Instruct,128,128,1,2,fp16',
      'B999,1,vLLM,Qwen/Qwen2.5-7B-Instruct,128,128,1,2,fp16',
      ',1,vLLM,Qwen/Qwen2.5-7B-Instruct,128,128,1,2,fp16',
      'L4,1,vLLM,somebody/nothing,128,128,1,2,fp16',
      'L4,1,vLLM,Qwen/Qwen2.5-7B-Instruct,128,128,1,2,fp99',
    ];
    const { exitCode, text } = estimateCommand({ filename: files.write('rows.csv', rows.join('\n')), output: 'json' });
    assert.equal(exitCode, 1);
    assert.equal(JSON.parse(text).skipped.length, rows.length - 1);
  });
  it('a measurement of nothing is left out, and not divided by', () => {
    const rows = [
      'gpu,tp,framework,model,isl,osl,batch,latency_s,dtype',
      'L4,1,vLLM,Qwen/Qwen2.5-7B-Instruct,128,128,1,0,fp16',
      'L4,1,vLLM,Qwen/Qwen2.5-7B-Instruct,128,128,1,NaN,fp16',
    ];
    const { exitCode } = estimateCommand({ filename: files.write('zero.csv', rows.join('\n')) });
    assert.equal(exitCode, 1);
  });
});
