// Whatever the operator dies between, the next one ends where an undisturbed one does, and nothing is done twice.
// After Sieve (OSDI'22): a crash after every single write of the reference run, judged by the end state and by who created what.
import assert from 'node:assert/strict';
import { renderTable } from '../../src/cli/table.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { withCluster } from '../support/cluster.ts';
import type { Fault } from '../support/fault-proxy.ts';
import { requestText } from '../support/fault-proxy-request.ts';
import { standInImages } from '../support/stage-image/images.ts';
import { inParallel } from './in-parallel.ts';
import { type Life, live } from './workload.ts';

/** Runs at once, each in a namespace of its own with an operator of its own. They wait more than they work. */
const lanes = 8;

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

  const cases: Record<string, Fault> = {
    'killed after each write, it ends in the same state': 'kill-after',
    'killed before each write, it ends in the same state': 'kill-before',
    'each write carried out, but its response lost, it ends in the same state': 'lose-response',
  };
  for (const [name, fault] of Object.entries(cases)) {
    it(name, async () => {
      const writes = reference.writes.map((_, index) => index + 1);
      const rows = await inParallel(lanes, writes, (write) => strike(fault, write));
      const columns = [{ title: 'WRITE' }, { title: 'REQUEST' }, { title: 'OUTCOME' }, { title: 'SECONDS' }];
      const cells = rows.map(({ write, request, outcome, seconds }) => [String(write), request, outcome, seconds]);
      console.log(renderTable(columns, cells));
      assert.deepEqual(rows.filter(({ outcome }) => outcome !== 'same'), []);
    });
  }

  async function strike(fault: Fault, write: number): Promise<Row> {
    const common = { write, request: '', seconds: '' };
    try {
      const life = await live(cluster(), { fault, strikes: (_, nth) => nth === write });
      const [struck] = life.struck;
      const row = { write, request: struck === undefined ? '' : requestText(struck), seconds: life.seconds.toFixed(1) };
      judge(life, fault);
      return { ...row, outcome: 'same' };
    } catch (error) {
      return { ...common, outcome: error instanceof Error ? error.message : String(error) };
    }
  }

  function judge(life: Life, fault: Fault): void {
    assert.equal(life.struck.length, 1, 'the fault never struck');
    assert.equal(life.restarts, fault === 'lose-response' ? 0 : 1, 'restarts');
    assert.deepEqual(life.end, reference.end);
    assert.deepEqual(life.deeds, reference.deeds);
  }
});
