// Whatever the operator dies between, the next one ends where an undisturbed one does, and nothing is done twice.
// After Sieve (OSDI'22): a crash after every single write of the reference run, judged by the end state and by who created what.
import assert from 'node:assert/strict';
import { renderTable } from '../../src/cli/table.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { withCluster } from '../support/cluster.ts';
import type { FaultPlan } from '../support/fault-proxy.ts';
import { requestText } from '../support/fault-proxy-request.ts';
import { standInImages } from '../support/stage-image/images.ts';
import { inParallel } from '../support/cluster-lanes.ts';
import { type Life, live } from './workload.ts';

/** Runs at once, each in a namespace of its own with an operator of its own. They wait more than they work. */
const lanes = 6;

interface Row {
  readonly write: number;
  readonly request: string;
  readonly outcome: string;
  readonly seconds: string;
}

describe('the operator dies at any of its writes', () => {
  const cluster = withCluster({ nodes: [l4Pool('l4', 8)], images: standInImages() });
  let reference: Life;

  before('run it undisturbed, twice', async () => {
    const [first, second] = await Promise.all([live(cluster()), live(cluster())]);
    // What two undisturbed runs do not share is no yardstick.
    assert.deepEqual(second.end, first.end);
    assert.deepEqual(second.deeds, first.deeds);
    reference = first;
    console.log(`      reference: ${first.writes.length} writes in ${first.seconds.toFixed(1)} s`);
  });

  const cases: Record<string, (write: number) => FaultPlan[]> = {
    'killed after each write, and its successor before its first one, it ends in the same state': (write) => [
      { fault: 'kill-after', strikes: (_, nth) => nth === write },
      { fault: 'kill-before', strikes: () => true },
    ],
    'each write carried out, but its response lost, it ends in the same state': (write) => [
      { fault: 'lose-response', strikes: (_, nth) => nth === write },
    ],
  };
  for (const [name, plansFor] of Object.entries(cases)) {
    it(name, async () => {
      const writes = reference.writes.map((_, index) => index + 1);
      const rows = await inParallel(lanes, writes, (write) => strike(plansFor(write), write));
      const columns = ['WRITE', 'REQUEST', 'OUTCOME', 'SECONDS'].map((title) => ({ title }));
      console.log(renderTable(columns, rows.map((row) => [String(row.write), row.request, firstLine(row.outcome), row.seconds])));
      const wrong = rows.filter(({ outcome }) => outcome !== 'same').map(({ write, outcome }) => `write ${write}: ${outcome}`);
      assert.equal(wrong.length, 0, wrong.join('\n\n'));
    });
  }

  async function strike(plans: readonly FaultPlan[], write: number): Promise<Row> {
    try {
      const life = await live(cluster(), plans);
      const row = { write, request: life.struck.map(requestText).join(', '), seconds: life.seconds.toFixed(1) };
      return { ...row, outcome: verdict(life) };
    } catch (error) {
      return { write, request: '', seconds: '', outcome: textOf(error) };
    }
  }

  /** `same`, or what is different. */
  function verdict({ struck, restarts, end, deeds }: Life): string {
    try {
      assert.ok(struck.length > 0, 'the fault never struck');
      assert.equal(restarts, struck.filter(({ fault }) => fault !== 'lose-response').length, 'restarts');
      assert.deepEqual(end, reference.end);
      assert.deepEqual(deeds, reference.deeds);
      return 'same';
    } catch (error) {
      return textOf(error);
    }
  }
});

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
