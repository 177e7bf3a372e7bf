import assert from 'node:assert/strict';
import fc from 'fast-check';
import { promoteReplicas, splitReplicas } from '../../../../src/domain/student/canary/split.ts';

const room = (capacity: number, shared = true) => ({ capacity, shared });
const usual = { weightPercentage: 25, previousPercentage: 0, begun: false, divides: true, weighted: false };

describe('replicas of the two tracks', () => {
  const cases: Record<string, { input: Parameters<typeof splitReplicas>[0]; want: string }> = {
    'the canary comes on top where there is room': { input: { ...usual, wanted: 4, room: room(5) }, want: '4+1' },
    'the stable ones give way once it answers': {
      input: { ...usual, begun: true, wanted: 4, room: room(5) },
      want: '3+1',
    },
    'without room a stable one makes it': { input: { ...usual, wanted: 4, room: room(4) }, want: '3+1' },
    'a single replica is not interrupted': { input: { ...usual, wanted: 1, room: room(1) }, want: 'none' },
    'beside a single one it has half': { input: { ...usual, begun: true, wanted: 1, room: room(2) }, want: '1+1' },
    'one stable replica stays to be compared with': {
      input: { ...usual, weightPercentage: 100, begun: true, wanted: 4, room: room(9) },
      want: '1+4',
    },
    'an autoscaler keeps its number': {
      input: { ...usual, begun: true, divides: false, wanted: 4, room: room(6) },
      want: '4+1',
    },
    'an autoscaler that leaves no room': {
      input: { ...usual, divides: false, wanted: 4, room: room(4) },
      want: 'none',
    },
    'of requests that a gateway weighs, stable ones keep what is left to them': {
      input: { ...usual, weighted: true, begun: true, weightPercentage: 5, wanted: 4, room: room(5) },
      want: '4+1',
    },
    'and give way by whole shares': {
      input: { ...usual, weighted: true, begun: true, weightPercentage: 50, wanted: 5, room: room(9) },
      want: '3+3',
    },
    'on another pool the stable ones make no room': {
      input: { ...usual, wanted: 8, room: room(1, false) },
      want: '8+1',
    },
  };
  for (const [name, { input, want }] of Object.entries(cases)) {
    it(name, () => {
      const split = splitReplicas(input);
      assert.equal(split === undefined ? 'none' : `${split.stable}+${split.canary}`, want);
    });
  }

  it('never need more nodes than there are, and keep a stable one', () => {
    const inputs = fc.record({
      wanted: fc.integer({ min: 1, max: 40 }),
      weightPercentage: fc.integer({ min: 1, max: 100 }),
      previousPercentage: fc.integer({ min: 0, max: 100 }),
      begun: fc.boolean(),
      weighted: fc.boolean(),
      divides: fc.constant(true),
      spare: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(inputs, ({ spare, ...input }) => {
        const split = splitReplicas({ ...input, room: room(input.wanted + spare) });
        if (split === undefined) return assert.equal(input.wanted + spare, 1);
        assert.ok(split.stable >= 1 && split.canary >= 1 && split.stable + split.canary <= input.wanted + spare);
        assert.ok(split.stable + split.canary >= input.wanted);
      }),
    );
  });

  it('end as stable ones only, with one away at most, whatever the room', () => {
    const inputs = fc.record({
      wanted: fc.integer({ min: 1, max: 20 }),
      spare: fc.integer({ min: 0, max: 20 }),
      weightPercentage: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(inputs, ({ wanted, spare, weightPercentage }) => {
        const shared = { wanted, divides: true, room: room(wanted + spare) };
        const begun = splitReplicas({ ...usual, ...shared, weightPercentage, previousPercentage: 0, begun: true });
        let canary = begun?.canary ?? 0;
        let answering = 0;
        for (let looks = 0; looks < 3 * wanted && answering < wanted; looks += 1) {
          const split = promoteReplicas({ ...shared, canary, answering });
          assert.ok(split.stable + split.canary <= Math.max(wanted, wanted + spare));
          assert.ok(split.stable + split.canary >= wanted);
          canary = split.canary;
          answering = Math.min(split.stable, answering + 1);
        }
        assert.equal(answering, wanted);
      }),
    );
  });
});
