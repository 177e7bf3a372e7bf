import assert from 'node:assert/strict';
import type { DistillationJob } from '../../../src/api/v1alpha1/distillation-job.gen.ts';
import { Calibrations } from '../../../src/controllers/calibrations.ts';
import { MutableStore } from '../../../src/kube/store.ts';
import type { Stored } from '../../../src/kube/types.ts';
import type { StudentDeployment } from '../../../src/api/v1alpha1/student-deployment.gen.ts';
import { aStudentDeployment } from '../../support/builders/student.ts';
import { World } from '../../support/builders/world.ts';

/** A job whose training is done, or not begun, as the cache holds it. */
function stored(name: string, resourceVersion: string, isDone = true): Stored<DistillationJob> {
  const { job } = isDone ? new World().runThrough('Train') : new World();
  return {
    ...job,
    metadata: { ...job.metadata, name, uid: `uid-${name}`, resourceVersion },
  };
}

function storesWith(jobs: MutableStore<DistillationJob>, students = new MutableStore<StudentDeployment>()) {
  return { distillationJobs: jobs, studentDeployments: students };
}

describe('what finished jobs and served students have taught', () => {
  const runs = (of: Calibrations): number[] => of.factors().map((factor) => factor.runs);

  it('grows with every job that finishes, and forgets those that are gone', () => {
    const store = new MutableStore<DistillationJob>();
    const writer = store.writer();
    writer.apply(stored('before', '1'));
    const calibrations = new Calibrations(storesWith(store));
    assert.deepEqual(runs(calibrations), [1, 1]);
    writer.apply(stored('after', '2'));
    assert.deepEqual(runs(calibrations), [2, 2]);
    writer.remove(stored('before', '3'));
    assert.deepEqual(runs(calibrations), [1, 1]);
  });

  it('is not worked out again for a job that only goes on', () => {
    const store = new MutableStore<DistillationJob>();
    const writer = store.writer();
    const calibrations = new Calibrations(storesWith(store));
    writer.apply(stored('done', '1'));
    const before = calibrations.factors();
    writer.apply(stored('done', '2'));
    writer.apply(stored('other', '3', false));
    assert.equal(calibrations.factors(), before);
  });

  it('counts every student that is served on real hardware once, whatever job has its name', () => {
    const jobs = new MutableStore<DistillationJob>();
    const students = new MutableStore<StudentDeployment>();
    jobs.writer().apply(stored('tiles', '1'));
    const measured = {
      device: 'L4',
      devices: 1,
      version: 'vllm:test',
      requests: 100,
      lastUpdatedTime: '2026-03-01T12:00:00Z',
    };
    const estimate = {
      ...measured,
      quantity: 'TimeToFirstToken',
      predictedMilliseconds: '100',
      measuredMilliseconds: '150',
    } as const;
    const student = (name: string, simulated: boolean) =>
      aStudentDeployment(name)
        .status({ estimates: [{ ...estimate, simulated }] })
        .build() as Stored<StudentDeployment>;
    for (const [name, simulated] of [
      ['tiles', false],
      ['other', false],
      ['played', true],
    ] as const)
      students.writer().apply(student(name, simulated));
    const factors = new Calibrations(storesWith(jobs, students)).factors();
    const first = factors.find(({ quantity }) => quantity === 'TimeToFirstToken');
    assert.deepEqual(
      { runs: first?.runs, device: first?.device, version: first?.version },
      { runs: 2, device: 'L4', version: 'vllm:test' },
    );
    assert.equal(factors.length, 3);
  });
});
