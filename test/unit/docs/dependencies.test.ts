import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { codeIn, read, root, tableRows } from './pages.ts';

const page = 'docs/adr/0001-dependencies.md';

/** The names in the tables of the decision, up to the alternatives. */
function explained(): string[] {
  const [decision = ''] = read(page).split('## Alternatives');
  const rows = tableRows(decision).filter(([name = '', why = '']) => name.startsWith('`') && why !== '');
  return rows.flatMap(([name = '']) => codeIn(name)).toSorted();
}

function npmPackages(): string[] {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  return [...Object.keys(dependencies ?? {}), ...Object.keys(devDependencies ?? {})];
}

function pythonPackages(): string[] {
  const files = globSync('trainer-image/requirements/*.in', { cwd: root });
  const lines = files.flatMap((file) => read(file).split('\n'));
  return lines.flatMap((line) => /^[A-Za-z][\w.-]*/.exec(line)?.[0] ?? []);
}

describe(page, () => {
  it('has a reason for every package that is asked for, and none for others', () => {
    const asked = new Set([...npmPackages(), ...pythonPackages()]);
    assert.deepEqual(explained(), [...asked].toSorted());
  });
});
