import assert from 'node:assert/strict';
import { claim, isHeldByAnother, type LeaseTerms, microTime, observe, vacancy } from '../../../src/kube/lease.ts';
import type { LeaseSpec } from '../../../src/kube/resources.ts';

const terms: LeaseTerms = { identity: 'me', leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };
const now = Date.parse('2026-01-02T03:04:05.678Z');
const theirs: LeaseSpec = {
  holderIdentity: 'you',
  leaseDurationSeconds: 15,
  acquireTime: '2026-01-02T03:00:00.000000Z',
  renewTime: '2026-01-02T03:04:00.000000Z',
  leaseTransitions: 4,
};

describe('a lease', () => {
  const held: Record<string, { spec: LeaseSpec; after: number; want: boolean }> = {
    'is held by another who renewed it just now': { spec: theirs, after: 0, want: true },
    'is held until its duration is over': { spec: theirs, after: 14_999, want: true },
    'has expired after its duration': { spec: theirs, after: 15_000, want: false },
    'has the duration that its holder has promised': {
      spec: { ...theirs, leaseDurationSeconds: 60 },
      after: 59_000,
      want: true,
    },
    'is not held by another when it is ours': { spec: { ...theirs, holderIdentity: 'me' }, after: 0, want: false },
    'is free when it was released': { spec: { ...theirs, ...vacancy(now) }, after: 0, want: false },
    'is free when it names nobody': { spec: {}, after: 0, want: false },
  };
  for (const [name, tc] of Object.entries(held)) {
    it(name, () => {
      const observation = observe(undefined, tc.spec, { resourceVersion: '1', at: 100 });
      assert.equal(isHeldByAnother(observation, terms, 100 + tc.after), tc.want);
    });
  }

  it('expires by our time since its record changed, whatever time it shows', () => {
    const inAnHour = { ...theirs, renewTime: '2026-01-02T04:04:00.000000Z' };
    const first = observe(undefined, inAnHour, { resourceVersion: '1', at: 0 });
    const touched = observe(first, { ...inAnHour }, { resourceVersion: '2', at: 14_000 });
    assert.equal(isHeldByAnother(touched, terms, 15_000), false);
    const renewed = observe(touched, theirs, { resourceVersion: '3', at: 14_000 });
    assert.equal(isHeldByAnother(renewed, terms, 15_000), true);
  });

  it('is claimed anew, taken over, and renewed', () => {
    const time = '2026-01-02T03:04:05.678000Z';
    const ours = { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: time };
    assert.deepEqual(claim(undefined, terms, now), { ...ours, acquireTime: time, leaseTransitions: 0 });
    assert.deepEqual(claim(theirs, terms, now), { ...ours, acquireTime: time, leaseTransitions: 5 });
    assert.deepEqual(claim({ ...theirs, holderIdentity: 'me' }, terms, now), ours);
  });

  it('shows times with six digits', () => assert.equal(microTime(0), '1970-01-01T00:00:00.000000Z'));
});
