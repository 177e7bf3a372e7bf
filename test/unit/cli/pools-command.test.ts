import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { stringify } from 'yaml';
import { poolsCommand } from '../../../src/cli/pools-command.ts';
import { aNodePool, instanceType } from '../domain/capacity/builders.ts';
import { nodesYaml, withFiles } from './files.ts';

describe('stratos pools without a cluster', () => {
  const files = withFiles();
  const shown = async (text: string): Promise<readonly string[]> => {
    const result = await poolsCommand({ nodes: files.write('nodes.yaml', text) }, '2026-01-15');
    return stripVTControlCharacters(result.text).split('\n');
  };
  const lineOf = async (pool: string, text = nodesYaml()): Promise<string> =>
    (await shown(text)).find((line) => line.startsWith(pool))?.replace(/ +/g, ' ') ?? '';

  it('shows GPUs, price, its source and its age', async () =>
    assert.match(
      await lineOf('h100'),
      /^h100-sxm-x8-ondemand-us-east-1 1 H100-SXM x8 8 8 OnDemand us-east-1 55\.04 45 d aws/,
    ));

  it('shows CPUs of a pool without GPUs, and that a price has no date', async () =>
    assert.match(await lineOf('cpu-16'), /^cpu-16 1 16 CPU 16 CPU Unknown 0\.80 undated node annotation/));

  it('says why a price is unknown', async () =>
    assert.match(await lineOf('b999'), /unknown the nodes have no instance-type label/));

  it('reports a GPU that the catalogue does not know', async () =>
    assert.ok((await shown(nodesYaml())).some((line) => /^UnknownGpuProduct +b999/.test(line))));

  it('lets own prices go before the shipped ones', async () => {
    const header = 'cloud,region,instance,gpu,gpu_count,usd_per_hour,usd_per_gpu_hour,kind,source,date';
    const row = 'ours,us-east-1,p5.48xlarge,H100-SXM,8,20.00,2.50,on-demand,our contract,2026-01-14';
    const prices = files.write('prices.csv', `${header}\n${row}\n`);
    const { text } = await poolsCommand({ nodes: files.write('nodes.yaml', nodesYaml()), prices }, '2026-01-15');
    assert.match(stripVTControlCharacters(text), /h100.* 20\.00 +1 d +our contract/);
  });

  it('shows the nodes that could be made, and who could not say what they would be', async () => {
    const unknown = aNodePool('strange', { requirements: [['karpenter.k8s.aws/instance-gpu-name', 'In', 'b9000']] });
    const known = aNodePool('gpu', { requirements: [[instanceType, 'In', 'p5.48xlarge']], limits: { nodes: 4 } });
    const text = [nodesYaml(), stringify(known), stringify(unknown)].join('---\n');
    assert.match(
      await lineOf('gpu-p5', text),
      /^gpu-p5-48xlarge-ondemand 0 \+4 H100-SXM x8 0 0 OnDemand us-east-1 55\.04/,
    );
    assert.ok((await shown(text)).some((line) => /^NewNodesUnknown +strange/.test(line)));
  });

  it('takes what pods hold off what is free', async () => {
    const pod = {
      kind: 'Pod',
      spec: { nodeName: 'h100-1', containers: [{ resources: { limits: { 'nvidia.com/gpu': '3' } } }] },
      status: { phase: 'Running' },
    };
    assert.match(await lineOf('h100', `${nodesYaml()}---\n${stringify(pod)}`), /H100-SXM x8 5 8/);
  });
});
