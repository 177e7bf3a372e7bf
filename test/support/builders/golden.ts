import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

const folder = join(import.meta.dirname, '../../golden');

/** The object is written as test/golden/<name>.yaml says; `STRATOS_UPDATE_GOLDEN=1` writes the file, to be read as a diff. */
export function assertGolden(name: string, object: unknown): void {
  const file = join(folder, `${name}.yaml`);
  const text = stringify(object, { lineWidth: 0, aliasDuplicateObjects: false });
  if (process.env['STRATOS_UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'), `test/golden/${name}.yaml is different`);
}
