import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Condition,
  type ConditionInput,
  dropCondition,
  getCondition,
  isTrue,
  setCondition,
} from '../../../src/api/condition-list.ts';

const noon = Date.parse('2026-01-02T12:00:00.900Z');
const later = noon + 60_000;
const ready: ConditionInput = { type: 'Ready', status: 'True', reason: 'Ok', message: 'It is.', observedGeneration: 1 };

describe('a list of conditions', () => {
  it('takes in a new condition at its end, stamped to the second', () => {
    const list = setCondition(setCondition([], { ...ready, type: 'Accepted' }, noon), ready, later);
    assert.deepEqual(
      list.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
      [
        ['Accepted', '2026-01-02T12:00:00Z'],
        ['Ready', '2026-01-02T12:01:00Z'],
      ],
    );
  });

  it('keeps the time of a condition whose status stays, and takes its other fields', () => {
    const list = setCondition(
      setCondition([], ready, noon),
      { ...ready, reason: 'Better', observedGeneration: 2 },
      later,
    );
    assert.deepEqual(list, [
      { ...ready, reason: 'Better', observedGeneration: 2, lastTransitionTime: '2026-01-02T12:00:00Z' },
    ]);
  });

  it('moves the time when the status changes, and keeps the place in the list', () => {
    const two = setCondition(setCondition([], ready, noon), { ...ready, type: 'Other' }, noon);
    const [first] = setCondition(two, { ...ready, status: 'False' }, later);
    assert.deepEqual([first?.type, first?.lastTransitionTime], ['Ready', '2026-01-02T12:01:00Z']);
  });

  it('shortens a message that nobody would read', () => {
    const [condition] = setCondition([], { ...ready, message: 'x'.repeat(40_000) }, noon);
    assert.equal(condition?.message.length, 1024);
    assert.ok(condition?.message.endsWith('x…'));
  });

  it('does not touch the list it was given', () => {
    const list: readonly Condition[] = Object.freeze(setCondition([], ready, noon));
    setCondition(list, { ...ready, status: 'False' }, later);
    assert.equal(isTrue(list, 'Ready'), true);
  });

  it('can be asked, and made shorter', () => {
    const list = setCondition([], ready, noon);
    assert.equal(getCondition(list, 'Ready')?.reason, 'Ok');
    assert.equal(isTrue(list, 'Other'), false);
    assert.equal(isTrue(undefined, 'Ready'), false);
    assert.deepEqual(dropCondition(list, 'Ready'), []);
  });

  it('is the same after setting the same conditions again, whenever that is', () => {
    const input = fc.record({
      type: fc.constantFrom('A', 'B', 'C'),
      status: fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const),
      reason: fc.constantFrom('X', 'Y'),
      message: fc.string(),
    });
    const inputs = fc.uniqueArray(input, { selector: ({ type }) => type });
    fc.assert(
      fc.property(inputs, fc.integer({ min: 0, max: 2 ** 40 }), (all, at) => {
        const once = all.reduce<Condition[]>((list, each) => setCondition(list, each, noon), []);
        const twice = all.reduce<Condition[]>((list, each) => setCondition(list, each, at), once);
        assert.deepEqual(twice, once);
      }),
    );
  });
});
