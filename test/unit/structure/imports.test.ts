import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** What each part of src may import besides itself; packages of npm and node are listed where the part may use them. */
const allowed: Readonly<Record<string, { readonly parts: readonly string[]; readonly packages: RegExp }>> = {
  api: { parts: [], packages: /^(node:crypto|ajv.*)$/ },
  // Both compute and do nothing else.
  domain: { parts: ['api'], packages: /^node:(crypto|zlib)$/ },
  data: { parts: ['domain'], packages: /^$/ },
  kube: { parts: [], packages: /^(node:.*|undici|@kubernetes\/client-node|@dot-i\/k8s-operator)$/ },
  telemetry: { parts: ['api'], packages: /^(node:.*|pino|prom-client)$/ },
  adapters: { parts: ['api'], packages: /^(node:.*|ajv.*|selfsigned)$/ },
  controllers: { parts: ['api', 'domain', 'kube'], packages: /^$/ },
  cli: { parts: ['api', 'data', 'domain', 'kube'], packages: /^(node:.*|yaml|highs)$/ },
};

interface Import {
  readonly file: string;
  readonly target: string;
}

function importsOf(part: string): Import[] {
  return globSync(`src/${part}/**/*.ts`).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?:[^;]*? from )?'([^']+)';/gm)].map(
      ([, target = '']) => ({ file, target }),
    ),
  );
}

function isAllowed(part: string, { file, target }: Import): boolean {
  const rule = allowed[part];
  if (rule === undefined) return false;
  if (!target.startsWith('.')) return rule.packages.test(target);
  const [to = ''] = relative('src', join(dirname(file), target)).split('/');
  return to === part || rule.parts.includes(to);
}

describe('the parts of src', () => {
  it('are all named here', () => {
    const parts = globSync('src/*/').map((path) => relative('src', path));
    assert.deepEqual(parts.sort(), Object.keys(allowed).sort());
  });

  for (const part of Object.keys(allowed)) {
    it(`import only downwards: ${part}`, () => {
      const imports = importsOf(part);
      assert.ok(imports.length > 0 || part === 'data');
      assert.deepEqual(
        imports.filter((from) => !isAllowed(part, from)),
        [],
      );
    });
  }
});
