import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { fillCopies } from '../../generate/copy-blocks.ts';
import { isAlwaysSet, readCrd, type Schema } from '../../generate/crd.ts';

const folder = join(import.meta.dirname, '../../../crds');
const files = readdirSync(folder);

interface Field {
  readonly path: string;
  readonly name: string;
  readonly schema: Schema;
}

function walk(schema: Schema, path: string, name: string): Field[] {
  const children = Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
    walk(child, `${path}.${key}`, key),
  );
  const items = schema.items === undefined ? [] : walk(schema.items, `${path}[]`, '');
  const values = schema.additionalProperties === undefined ? [] : walk(schema.additionalProperties, `${path}{}`, '');
  return [{ path, name, schema }, ...children, ...items, ...values];
}

const fields = files.flatMap((file) => {
  const { kind, schema } = readCrd(folder, file);
  return ['spec', 'status'].flatMap((part) => walk(schema.properties?.[part] ?? {}, `${kind} ${part}`, part));
});

const isFreeString = ({ schema }: Field): boolean => schema.type === 'string' && schema.enum === undefined;
const keysOf = (schema: Schema): readonly string[] => schema['x-kubernetes-list-map-keys'] ?? [];
const isInteger = ({ schema }: Field): boolean => schema.type === 'integer';
const isBounded = ({ minimum, maximum }: Schema): boolean =>
  minimum !== undefined && maximum !== undefined && Number.isSafeInteger(minimum) && Number.isSafeInteger(maximum);

// What a reviewer's API linter checks on Go types, checked on the YAML. Each entry tells whether a field breaks the rule.
const conventions: Readonly<Record<string, (field: Field) => boolean>> = {
  'every string has a longest length': (field) => isFreeString(field) && field.schema.maxLength === undefined,
  'every integer has bounds that JavaScript can hold': (field) => isInteger(field) && !isBounded(field.schema),
  'every integer says its width': (field) =>
    isInteger(field) && !['int32', 'int64'].includes(field.schema.format ?? ''),
  'every list has a longest length and a merge strategy': ({ schema }) =>
    schema.type === 'array' && (schema.maxItems === undefined || schema['x-kubernetes-list-type'] === undefined),
  'the keys of a list of named things are always set': ({ schema }) =>
    !keysOf(schema).every((key) => isAlwaysSet(schema.items ?? {}, key)),
  'every map has a largest size': ({ schema }) =>
    schema.additionalProperties !== undefined && schema.maxProperties === undefined,
  'no field is a float or of no type': ({ schema }) =>
    !['object', 'array', 'string', 'integer', 'boolean'].includes(schema.type ?? '') &&
    schema['x-kubernetes-int-or-string'] !== true,
  'every object names its fields': ({ schema }) =>
    schema.type === 'object' && schema.properties === undefined && schema.additionalProperties === undefined,
  'every field is described, in a sentence': ({ name, schema }) =>
    name !== '' && !/^[A-Z].*\.$/s.test(schema.description ?? ''),
  'every enumeration is of words in CamelCase': ({ schema }) =>
    !(schema.enum ?? []).every((value) => /^[A-Z][A-Za-z0-9]*$/.test(value)),
  'every time is called so, and nothing else is': ({ name, schema }) =>
    (schema.format === 'date-time') !== /(^t|T)ime$/.test(name) && name !== 'trainingTime',
  'no field is a phase': ({ name }) => name === 'phase',
  'every rule says what must be, and why it refuses': ({ schema }) =>
    !(schema['x-kubernetes-validations'] ?? []).every(
      (rule) => /\bmust\b/.test(rule.message) && 'reason' in rule && !rule.message.endsWith('.'),
    ),
};

describe('the conventions of the Kubernetes API', () => {
  for (const [name, isBroken] of Object.entries(conventions)) {
    it(name, () =>
      assert.deepEqual(
        fields.filter(isBroken).map(({ path }) => path),
        [],
      ),
    );
  }

  for (const file of files) {
    const { spec }: Crd = parse(readFileSync(join(folder, file), 'utf8'));
    const [version] = spec.versions;

    it(`${file}: status is a subresource with conditions that merge by type`, () => {
      assert.deepEqual(version.subresources.status, {});
      const conditions = version.schema.openAPIV3Schema.properties?.['status']?.properties?.['conditions'];
      assert.deepEqual(conditions?.['x-kubernetes-list-map-keys'], ['type']);
    });

    it(`${file}: columns are words, and the age is the last one of the narrow view`, () => {
      const columns = version.additionalPrinterColumns;
      assert.ok(columns.every((column) => /^[\w-]+$/.test(column.name)));
      assert.equal(columns.filter((column) => !column.priority).at(-1)?.name, 'Age');
    });

    it(`${file}: what is copied from elsewhere is what stands there`, () => {
      const texts = new Map(files.map((each) => [each, readFileSync(join(folder, each), 'utf8')]));
      const text = texts.get(file) ?? '';
      assert.equal(fillCopies(text, texts), text);
    });
  }
});

interface Crd {
  readonly spec: {
    readonly versions: readonly [
      {
        readonly subresources: { readonly status?: unknown };
        readonly additionalPrinterColumns: readonly { readonly name: string; readonly priority?: number }[];
        readonly schema: { readonly openAPIV3Schema: Schema };
      },
    ];
  };
}
