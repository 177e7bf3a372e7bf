import assert from 'node:assert/strict';
import { cheapestMix, mixCommand } from '../../../src/cli/mix-command.ts';
import { formatCents, parseMoney } from '../../../src/domain/money.ts';
import { jobYaml, nodesYaml, withFiles } from './files.ts';

describe('stratos mix', () => {
  const files = withFiles();
  const mixOf = async (...rows: readonly string[]) => {
    const loads = ['input_tokens,output_tokens,requests_per_second', ...rows].join('\n');
    return await mixCommand({
      filename: files.write('job.yaml', jobYaml()),
      nodes: files.write('nodes.yaml', nodesYaml()),
      loads: files.write('loads.csv', loads),
      output: 'json',
    });
  };

  it('solves the published example exactly', async () => {
    const option = (name: string, hourly: string, throughput: readonly number[]) => ({
      name,
      hourly: parseMoney(hourly) ?? assert.fail(),
      most: 10,
      throughput,
    });
    const mix = await cheapestMix({
      rates: [6, 3, 15, 6],
      slices: 1,
      options: [option('A10G', '1.01', [2, 1, 5, 2]), option('A100', '3.67', [20, 20, 40, 20])],
    });
    assert.equal(mix && formatCents(mix.hourly), '6.70');
    assert.deepEqual(mix?.replicas, [
      { option: 'A10G', count: 3 },
      { option: 'A100', count: 1 },
    ]);
  });

  it('takes the cheapest server for a load that one can carry', async () => {
    const { text, exitCode } = await mixOf('200,50,20');
    assert.equal(exitCode, 0);
    assert.deepEqual(JSON.parse(text).replicas, [{ option: '1 × L4 of l4-x1-ondemand-us-east-1', count: 1 }]);
  });

  it('exits with 1 when nothing carries it', async () => assert.equal((await mixOf('200,50,1000000')).exitCode, 1));

  it('refuses rows without numbers', async () => {
    await assert.rejects(mixOf('a,b,c'), { name: 'UsageError' });
  });
});
