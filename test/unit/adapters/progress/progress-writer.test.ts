import assert from 'node:assert/strict';
import type { ApiObject } from '../../../../src/adapters/progress/kube-api.ts';
import { progressWriter } from '../../../../src/adapters/progress/progress-writer.ts';

const job = { namespace: 'team-a', name: 'mahjong' };
const lastUpdatedTime = '2026-11-24T05:00:00Z';

type Applied = ApiObject & { status?: { progress?: string } };

/** A writer that keeps what it applied, and a clock that stands until it is moved. */
function aWriter(refuseWith?: number) {
  const applied: Applied[] = [];
  const clock = { now: 1_000_000 };
  const apply = async (_: unknown, object: ApiObject): Promise<void> => {
    if (refuseWith !== undefined) throw Object.assign(new Error('applying'), { code: refuseWith });
    applied.push(object);
  };
  const write = progressWriter({ api: { apply }, monotonic: () => clock.now });
  const report = async (progressPercentage?: number, name = job.name): Promise<boolean> =>
    await write({ ...job, name }, { lastUpdatedTime, ...(progressPercentage !== undefined && { progressPercentage }) });
  return { applied, clock, report };
}

describe('the progress writer', () => {
  // Each step: how long after the one before, which percentage, whether it is written.
  type Step = readonly [afterSeconds: number, percentage: number | undefined, want: boolean];
  const cases: Record<string, readonly Step[]> = {
    'writes the first report': [[0, 0, true]],
    'writes the first report, even without a percentage': [[0, undefined, true]],
    'waits five seconds before it writes again': [
      [0, 1, true],
      [4.9, 2, false],
      [0.1, 2, true],
    ],
    'does not wait with the last report': [
      [0, 1, true],
      [1, 100, true],
    ],
    'writes the last report once': [
      [0, 100, true],
      [10, 100, false],
    ],
    'does not write what has not moved by a percent': [
      [0, 7, true],
      [30, 7, false],
      [29.9, 7, false],
    ],
    'shows once a minute that a slow trainer lives': [
      [0, 7, true],
      [60, 7, true],
      [59, 7, false],
      [1, 7, true],
    ],
    'writes a step back: a new attempt begins at nothing': [
      [0, 80, true],
      [5, 0, true],
    ],
    'writes that the percentage is no longer known': [
      [0, 80, true],
      [5, undefined, true],
    ],
  };
  for (const [name, steps] of Object.entries(cases)) {
    it(name, async () => {
      const { applied, clock, report } = aWriter();
      const written: boolean[] = [];
      for (const [afterSeconds, percentage] of steps) {
        clock.now += afterSeconds * 1000;
        const before = applied.length;
        assert.equal(await report(percentage), true);
        written.push(applied.length > before);
      }
      assert.deepEqual(
        written,
        steps.map(([, , want]) => want),
      );
    });
  }

  it('keeps jobs apart', async () => {
    const { applied, report } = aWriter();
    await report(1, 'a');
    await report(1, 'b');
    assert.deepEqual(
      applied.map((object) => object.metadata.name),
      ['a', 'b'],
    );
  });

  it('writes progress and the report, and nothing else of the status', async () => {
    const { applied, report } = aWriter();
    await report(42);
    assert.deepEqual(applied, [
      {
        apiVersion: 'distill.stratos.dev/v1alpha1',
        kind: 'DistillationJob',
        metadata: job,
        status: { progress: '42%', trainerStatus: { lastUpdatedTime, progressPercentage: 42 } },
      },
    ]);
  });

  it('says so when there is no such job', async () => {
    assert.equal(await aWriter(404).report(1), false);
  });

  it('passes every other failure on, and tries again with the next report', async () => {
    const { report } = aWriter(500);
    await assert.rejects(report(1), { code: 500 });
    await assert.rejects(report(1), { code: 500 });
  });
});
