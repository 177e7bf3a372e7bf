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

/** The `occurrence`-th write of this text: exact where a mere number could mean another write in another run. */
interface Target {
  readonly write: number;
  readonly text: string;
  readonly occurrence: number;
}

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

  const cases: Record<string, (target: Target) => FaultPlan[]> = {
    'killed after each write, and its successor before its first one, it ends in the same state': (target) => [
      { fault: 'kill-after', strikes: reaching(target) },
      { fault: 'kill-before', strikes: () => true },
    ],
    'each write carried out, but its response lost, it ends in the same state': (target) => [
      { fault: 'lose-response', strikes: reaching(target) },
    ],
  };
  for (const [name, plansFor] of Object.entries(cases)) {
    it(name, async () => {
      const rows = await inParallel(lanes, targetsOf(reference), (target) => strike(plansFor(target), target));
      console.log(tableOf(rows));
      const wrong = rows.filter(({ outcome, request }) => outcome !== 'same' && !mayBeMissed(outcome, request));
      assert.equal(wrong.length, 0, wrong.map(({ write, outcome }) => `write ${write}: ${outcome}`).join('\n\n'));
    });
  }

  async function strike(plans: readonly FaultPlan[], { write, text }: Target): Promise<Row> {
    try {
      const life = await live(cluster(), plans);
      const request = life.struck.length === 0 ? text : life.struck.map(requestText).join(', ');
      return { write, request, seconds: life.seconds.toFixed(1), outcome: verdict(life) };
    } catch (error) {
      return { write, request: text, seconds: '', outcome: textOf(error) };
    }
  }

  /** `same`, or what is different. */
  function verdict({ struck, restarts, end, deeds }: Life): string {
    try {
      assert.equal(restarts, struck.filter(({ fault }) => fault !== 'lose-response').length, 'restarts');
      assert.deepEqual(end, reference.end);
      assert.deepEqual(deeds, reference.deeds);
      return struck.length === 0 ? notReached : 'same';
    } catch (error) {
      return textOf(error);
    }
  }
});

const notReached = 'not reached';

/** Two changes that come close together make one status: a run may have one of these less. */
function mayBeMissed(outcome: string, request: string): boolean {
  return outcome === notReached && request.endsWith('/status');
}

function targetsOf({ writes }: Life): Target[] {
  const texts = writes.map(requestText);
  return texts.map((text, index) => {
    const occurrence = texts.slice(0, index + 1).filter((other) => other === text).length;
    return { write: index + 1, text, occurrence };
  });
}

function reaching({ text, occurrence }: Target): FaultPlan['strikes'] {
  let seen = 0;
  return (request) => requestText(request) === text && ++seen === occurrence;
}

function tableOf(rows: readonly Row[]): string {
  const columns = ['WRITE', 'REQUEST', 'OUTCOME', 'SECONDS'].map((title) => ({ title }));
  const cells = rows.map(({ write, request, outcome, seconds }) => [
    String(write),
    request,
    firstLine(outcome),
    seconds,
  ]);
  return renderTable(columns, cells);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
