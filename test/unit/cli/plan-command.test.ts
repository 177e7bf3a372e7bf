import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { parse, stringify } from 'yaml';
import { planCommand } from '../../../src/cli/plan-command.ts';
import { aNodePool, instanceType } from '../domain/capacity/builders.ts';
import { jobYaml, nodesYaml, profileJson, withFiles } from './files.ts';

const TODAY = '2026-01-15';

describe('stratos plan without a cluster', () => {
  const files = withFiles();
  const options = () => ({
    filename: files.write('job.yaml', jobYaml()),
    nodes: files.write('nodes.yaml', nodesYaml()),
    profile: files.write('profile.json', profileJson()),
  });
  const asJson = async (more: object) =>
    JSON.parse((await planCommand({ ...options(), output: 'json', ...more }, TODAY)).text);

  it('shows the front, the reason for the choice, what was ruled out and a plot', async () => {
    const { text, exitCode } = await planCommand(options(), TODAY);
    const plain = stripVTControlCharacters(text);
    assert.equal(exitCode, 0);
    for (const part of [
      /chosen: small learns from big by KnowledgeAlignment/,
      /WHY THE REST LOST/,
      /GpuUnknown +pool b999/,
      /\* chosen {3}o on the front/,
    ])
      assert.match(plain, part);
  });

  it('lists every candidate with --all, each once', async () => {
    const { feasible, candidates, front } = await asJson({ all: true });
    assert.equal(candidates.length, feasible);
    assert.equal(
      new Set(candidates.map(({ candidate }: { candidate: { name: string } }) => candidate.name)).size,
      feasible,
    );
    const kept = candidates.filter(({ verdict }: { verdict: string }) => verdict !== 'Dominated');
    assert.equal(kept.length, front.length);
  });

  it('prints the same plan as JSON and as YAML', async () => {
    const { text } = await planCommand({ ...options(), output: 'yaml' }, TODAY);
    assert.deepEqual(parse(text), await asJson({}));
  });

  it('predicts by the constants of an older engine when asked', async () => {
    const [now, then] = [await asJson({}), await asJson({ constants: 'vllm-2024' })];
    assert.notEqual(then.id, now.id);
    assert.notEqual(
      then.selected.predicted.interTokenLatencyMilliseconds,
      now.selected.predicted.interTokenLatencyMilliseconds,
    );
  });

  it('plans on a pool at zero, says so, and counts the start of its nodes', async () => {
    const nodePool = aNodePool('gpu', { requirements: [[instanceType, 'In', 'p5.48xlarge']], limits: { nodes: 4 } });
    const nodes = files.write('nodepool.yaml', stringify(nodePool));
    const { text, exitCode } = await planCommand({ ...options(), nodes }, TODAY);
    assert.equal(exitCode, 0);
    assert.match(
      stripVTControlCharacters(text),
      /gpu-p5-48xlarge-ondemand is at zero: NodePool gpu makes its nodes when pods/,
    );
    const plan = await asJson({ nodes });
    assert.deepEqual(plan.atZero, ['gpu-p5-48xlarge-ondemand']);
    assert.ok(plan.selected.predicted.trainingSeconds > 420);
  });

  it('says that nothing is measured when there is no profile', async () => {
    const { text } = await planCommand({ ...options(), profile: undefined }, TODAY);
    assert.match(text, /nothing is measured yet/);
  });

  it('exits with 1 and the way out when nothing fits', async () => {
    const filename = files.write('hasty.yaml', jobYaml({ maxTrainingSeconds: 1 }));
    const { text, exitCode } = await planCommand({ ...options(), filename }, TODAY);
    assert.equal(exitCode, 1);
    assert.match(text, /changing constraints\.maxTrainingSeconds from 1 to \d+ would admit a candidate/);
  });

  it('draws an SVG in which every candidate is a circle', async () => {
    const svg = files.path('front.svg');
    const { candidates } = await asJson({ all: true, svg });
    const drawn = readFileSync(svg, 'utf8');
    assert.equal(drawn.match(/<circle [^>]*><title>/g)?.length, candidates.length);
    for (const tag of ['svg', 'text', 'title']) {
      assert.equal(
        drawn.match(new RegExp(`<${tag}[ >]`, 'g'))?.length,
        drawn.match(new RegExp(`</${tag}>`, 'g'))?.length,
      );
    }
  });

  const mistakes: Record<string, { change: () => object; want: RegExp }> = {
    'a file that is not there': { change: () => ({ filename: files.path('none.yaml') }), want: /cannot read/ },
    'a file without a job': {
      change: () => ({ filename: files.write('nodes.yaml', nodesYaml()) }),
      want: /must hold one DistillationJob/,
    },
    'a job with a mistake': {
      change: () => ({ filename: files.write('bad.yaml', jobYaml({ maxTrainingSeconds: 'soon' })) }),
      want: /spec\.constraints\.maxTrainingSeconds must be/,
    },
    'a file without nodes': { change: () => ({ nodes: files.write('job.yaml', jobYaml()) }), want: /holds no Node/ },
    'a broken YAML': { change: () => ({ nodes: files.write('broken.yaml', '{') }), want: /is not YAML/ },
    'prices without columns': {
      change: () => ({ prices: files.write('p.csv', 'a,b\n1,2\n') }),
      want: /holds no price/,
    },
    'a profile that is something else': {
      change: () => ({ profile: files.write('p.json', '{}') }),
      want: /no list of models/,
    },
    'a format nobody knows': { change: () => ({ output: 'xml' }), want: /table, json or yaml/ },
    'constants nobody knows': { change: () => ({ constants: 'toString' }), want: /one of default, vllm-2024/ },
    'axes nobody knows': { change: () => ({ axes: 'cost' }), want: /--axes takes two/ },
  };
  for (const [name, { change, want }] of Object.entries(mistakes)) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(planCommand({ ...options(), ...change() }, TODAY), { name: 'UsageError', message: want });
    });
  }
});
