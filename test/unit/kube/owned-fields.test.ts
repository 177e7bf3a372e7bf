import assert from 'node:assert/strict';
import { ownedStatus, project } from '../../../src/kube/owned-fields.ts';
import { thing } from './objects.ts';

describe('the owned part of a value', () => {
  const conditions = [
    { type: 'Ready', status: 'True', reason: 'Ok' },
    { type: 'Approved', status: 'False', reason: 'No' },
  ];
  const ready = 'k:{"type":"Ready"}';
  const cases: Record<string, { value: unknown; fields: Record<string, unknown>; want: unknown }> = {
    'is everything below a leaf': { value: { a: 1 }, fields: {}, want: { a: 1 } },
    'is everything below an item named as a whole': { value: [1, 2], fields: { '.': {} }, want: [1, 2] },
    'is the named fields of an object': { value: { a: 1, b: 2 }, fields: { 'f:a': {} }, want: { a: 1 } },
    'does not have a field that is gone': { value: { b: 2 }, fields: { 'f:a': {} }, want: {} },
    'is found at depth': {
      value: { a: { b: 1, c: 2 } },
      fields: { 'f:a': { '.': {}, 'f:c': {} } },
      want: { a: { c: 2 } },
    },
    'is the named items of an associative list': {
      value: conditions,
      fields: { [ready]: { '.': {}, 'f:type': {}, 'f:status': {} } },
      want: [{ type: 'Ready', status: 'True' }],
    },
    'is the named items of a set': { value: ['x', 'y'], fields: { 'v:"y"': {} }, want: ['y'] },
    'is the item at a position': { value: ['x', 'y'], fields: { 'i:0': {} }, want: ['x'] },
    'is a scalar as it is, whatever the set says': { value: 'x', fields: { 'f:a': {} }, want: 'x' },
  };
  for (const [name, tc] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(project(tc.value, tc.fields), tc.want));
  }
});

describe('the owned status', () => {
  const entry = {
    manager: 'ours',
    operation: 'Apply',
    subresource: 'status',
    fieldsV1: { 'f:status': { 'f:summary': {} } },
  };
  const status = { summary: 'fine', other: 'x' };
  const cases = {
    'is what our entry names': { entry, want: { summary: 'fine' } },
    'is unknown without an entry': { entry: undefined, want: undefined },
    'is not that of another manager': { entry: { ...entry, manager: 'theirs' }, want: undefined },
    'is not what we once wrote by another operation': { entry: { ...entry, operation: 'Update' }, want: undefined },
    'is not what we wrote to the main resource': { entry: { ...entry, subresource: '' }, want: undefined },
  };
  for (const [name, tc] of Object.entries(cases)) {
    it(name, () => {
      const managedFields = tc.entry ? [tc.entry] : [];
      assert.deepEqual(ownedStatus({ ...thing('a', '1', { managedFields }), status }, 'ours'), tc.want);
    });
  }
});
