import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  distillationJobConditions,
  serverPoolConditions,
  studentDeploymentConditions,
} from '../../../src/api/conditions.ts';

const source = join(import.meta.dirname, '../../../src');
const meanings: Readonly<Record<string, { readonly reasons: object }>> = {
  ...distillationJobConditions,
  ...studentDeploymentConditions,
  ...serverPoolConditions,
};

interface Given {
  readonly file: string;
  readonly type: string;
  readonly reason: string;
}

/** Every condition that the code gives a literal type and reason. */
function conditionsGiven(folder: string): Given[] {
  return globSync(`${folder}/**/*.ts`, { cwd: source }).flatMap((file) => {
    const text = readFileSync(join(source, file), 'utf8');
    const found = text.matchAll(/type: '(\w+)', status: [^;]*?, reason: '(\w+)'/g);
    return [...found].map(([, type = '', reason = '']) => ({ file, type, reason }));
  });
}

describe('conditions', () => {
  for (const [folder, conditions] of [
    ['domain/distillation', distillationJobConditions],
    ['domain/student', studentDeploymentConditions],
  ] as const) {
    it(`that ${folder} sets are explained, with each reason`, () => {
      const known: Readonly<Record<string, { readonly reasons: object }>> = conditions;
      const given = conditionsGiven(folder);
      assert.notEqual(given.length, 0);
      assert.deepEqual(
        given.filter(({ type, reason }) => !Object.hasOwn(known[type]?.reasons ?? {}, reason)),
        [],
      );
    });
  }

  it('and reasons are one word in CamelCase, with a sentence each', () => {
    for (const [type, { reasons }] of Object.entries(meanings)) {
      for (const [reason, sentence] of Object.entries(reasons)) {
        assert.match(`${type} ${reason}: ${String(sentence)}`, /^[A-Z][A-Za-z]+ [A-Z][A-Za-z]+: [A-Z].*\.$/);
      }
    }
  });
});
