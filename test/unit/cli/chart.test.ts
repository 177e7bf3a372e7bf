import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { chartOf, readAxes, tickText } from '../../../src/cli/chart.ts';
import { plotChart } from '../../../src/cli/front-plot.ts';
import type { ListedCandidate } from '../../../src/domain/planning/list-candidates.ts';
import { makePlan } from '../../../src/domain/planning/plan.ts';
import { planInputs } from '../domain/planning/builders.ts';

const { selected } = makePlan(planInputs());
assert.ok(selected);
const at = (cost: number | null, requestSeconds: number, verdict: ListedCandidate['verdict']): ListedCandidate => ({
  candidate: { ...selected, objectives: { ...selected.objectives, cost, requestSeconds } },
  verdict,
});
const plot = (...candidates: readonly ListedCandidate[]): readonly string[] =>
  stripVTControlCharacters(plotChart(chartOf(candidates, readAxes('cost,latency')))).split('\n');

describe('the plot of a front', () => {
  it('puts the cheap to the left and the slow to the top', () => {
    const lines = plot(at(100, 2, 'Selected'), at(1000, 1, 'Front'));
    const rowOf = (mark: string): number => lines.findIndex((line) => line.includes('│') && line.includes(mark));
    assert.ok(rowOf('*') < rowOf('o'));
    assert.ok((lines[rowOf('*')]?.indexOf('*') ?? 0) < (lines[rowOf('o')]?.indexOf('o') ?? 0));
  });

  it('draws the chosen one over what lies in the same cell', () => {
    const lines = plot(at(100, 1, 'Dominated'), at(100, 1, 'Selected'), at(900, 2, 'Front')).filter((line) =>
      line.includes('│'),
    );
    assert.equal(
      lines
        .join('')
        .match(/[*.o]/g)
        ?.filter((mark) => mark === '*').length,
      1,
    );
  });

  it('counts what has no known cost', () =>
    assert.match(plot(at(100, 1, 'Selected'), at(null, 2, 'Front')).at(-1) ?? '', /1 of unknown cost not drawn/));

  it('has room for a single point', () => assert.ok(plot(at(5, 1, 'Selected')).some((line) => line.includes('*'))));
});

describe('the marks of an axis', () => {
  const ticks = (...costs: readonly number[]) =>
    chartOf(
      costs.map((cost) => at(cost, 1, 'Front')),
      readAxes('cost,accuracy'),
    ).x.ticks;

  it('are round', () => assert.deepEqual(ticks(700, 1900), [1000, 1500, 2000]));
  it('are at equal ratios over a wide range', () => assert.deepEqual(ticks(1, 100), [1, 2, 5, 10, 20, 50, 100]));
  it('are powers of ten over a wider one', () => assert.deepEqual(ticks(1, 1e5), [1, 10, 100, 1000, 10_000, 100_000]));
  it('are short', () => assert.deepEqual([0.5, 12_000, 4e6].map(tickText), ['0.5', '12k', '4000k']));
});
