import assert from 'node:assert/strict';
import { narrowings, type Schema } from '../../support/crd-narrowing.ts';

const text: Schema = { type: 'string', maxLength: 10, enum: ['a', 'b'] };
const object = (properties: Record<string, Schema>, more: Partial<Schema> = {}): Schema => ({
  type: 'object',
  properties,
  ...more,
});

describe('what a CRD takes away', () => {
  const cases: Record<string, { before: Schema; now: Schema; want: string[] }> = {
    'is nothing where fields, values and room are added': {
      before: object({ a: text }),
      now: object({ a: { ...text, maxLength: 20, enum: ['a', 'b', 'c'] }, b: text }),
      want: [],
    },
    'is a field that is gone, however deep': {
      before: object({ a: { type: 'array', items: object({ b: text }) } }),
      now: object({ a: { type: 'array', items: object({}) } }),
      want: ['job.a[].b is gone'],
    },
    'is a type': {
      before: object({ a: text }),
      now: object({ a: { type: 'integer' } }),
      want: ['job.a was of type string, and is integer'],
    },
    'is a value': {
      before: object({ a: text }),
      now: object({ a: { ...text, enum: ['a'] } }),
      want: ['job.a may not be b any more'],
    },
    'is room': {
      before: object({ a: text }),
      now: object({ a: { ...text, maxLength: 5 } }),
      want: ['job.a: maxLength was 10, and is 5'],
    },
    'is freedom of form': {
      before: object({ a: text }),
      now: object({ a: { ...text, pattern: '^a' } }),
      want: ['job.a: pattern was undefined, and is ^a'],
    },
    'is the freedom to leave a field out, unless it has a default': {
      before: object({ a: text, b: text }),
      now: object({ a: text, b: { ...text, default: 'a' } }, { required: ['a', 'b'] }),
      want: ['job.a is required now'],
    },
    'is a value of a map': {
      before: object({ a: { type: 'object', additionalProperties: text } }),
      now: object({ a: { type: 'object', additionalProperties: { ...text, maxLength: 1 } } }),
      want: ['job.a{}: maxLength was 10, and is 1'],
    },
  };
  for (const [name, { before, now, want }] of Object.entries(cases))
    it(name, () => assert.deepEqual(narrowings(before, now, 'job'), want));
});
