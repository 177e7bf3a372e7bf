import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  childName,
  ownerReference,
  stageJobName,
  stageServiceName,
  workspaceClaimName,
} from '../../../src/api/names.ts';

const label = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const jobName = fc.stringMatching(/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/);
const stage = fc.constantFrom('Profile', 'Synthesize', 'Train', 'Evaluate', 'Publish');
const run = fc.record({
  job: jobName,
  stage,
  attempt: fc.integer({ min: 1, max: 1000 }),
  planId: fc.stringMatching(/^[0-9a-f]{0,16}$/),
  restarts: fc.integer({ min: 0, max: 100 }),
});

describe('names of children', () => {
  it('are DNS labels, whatever the job is called', () => {
    fc.assert(
      fc.property(run, ({ job, ...rest }) => {
        const name = stageJobName(job, rest);
        assert.match(name, label);
        assert.match(`${name}-99999`, label, 'the hostname of the last pod');
        assert.match(stageServiceName(name), label);
        assert.match(workspaceClaimName(job), label);
      }),
    );
  });

  it('are the same for the same run, and differ for different ones', () => {
    fc.assert(
      fc.property(run, run, ({ job, ...one }, { job: other, ...two }) => {
        const same = job === other && JSON.stringify(one) === JSON.stringify(two);
        assert.equal(stageJobName(job, one) === stageJobName(other, two), same);
        assert.equal(stageJobName(job, one), stageJobName(job, { ...one }));
      }),
    );
  });

  it('differ for each restart, so that the failed Job can be read while the next one runs', () => {
    const names = [0, 1, 2].map((restarts) =>
      stageJobName('tiles', { stage: 'train', attempt: 1, planId: 'p', restarts }),
    );
    assert.equal(new Set(names).size, 3);
  });

  it('do not depend on where the boundary between two parts lies', () => {
    assert.notEqual(childName(['a', 'b-c'], ['a', 'b-c']), childName(['a-b', 'c'], ['a-b', 'c']));
  });

  it('cut the name of the owner and never the word for the stage', () => {
    const name = stageJobName('x'.repeat(60), { stage: 'Synthesize', attempt: 1 });
    assert.match(name, /^x+-synthesize-1-[0-9a-f]{8}$/);
    assert.equal(name.length, 57);
  });

  // A released name may not change: an operator of the next version would start every running stage again.
  it('are what they were in the first release', () => {
    assert.equal(stageJobName('tiles', { stage: 'train', attempt: 1, planId: 'p1' }), 'tiles-train-1-cef1b859');
    assert.equal(workspaceClaimName('tiles'), 'tiles-workspace-f3c45623');
  });
});

describe('an owner reference', () => {
  it('makes the owner the controller', () => {
    const reference = ownerReference({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', uid: 'u' } });
    assert.deepEqual(reference, {
      apiVersion: 'v1',
      kind: 'Pod',
      name: 'a',
      uid: 'u',
      controller: true,
      blockOwnerDeletion: true,
    });
  });

  it('is refused for an owner that was never stored', () => {
    assert.throws(
      () => ownerReference({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }),
      /referring to Pod a: it has no uid/,
    );
  });
});
