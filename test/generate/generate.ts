// Writes everything that follows from crds/: copied schemas inside the CRDs themselves, TypeScript types, validation schemas,
// the API reference and the chart's templates. `make verify` runs it and fails when the tree changes.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { chartTemplate } from './chart.ts';
import { conditionPage } from './condition-page.ts';
import { fillCopies } from './copy-blocks.ts';
import { readCrd } from './crd.ts';
import { generatedData } from './data.ts';
import { jsonSchema } from './json-schema.ts';
import { referencePage } from './reference.ts';
import { buildTypeModel } from './type-model.ts';
import { typesModule } from './typescript.ts';

const root = resolve(import.meta.dirname, '../..');

// Later files may copy from earlier ones and reuse their types.
const kinds = [
  { file: 'studentdeployments.yaml', kind: 'StudentDeployment', stem: 'student-deployment' },
  { file: 'distillationjobs.yaml', kind: 'DistillationJob', stem: 'distillation-job' },
  { file: 'distillationquotas.yaml', kind: 'DistillationQuota', stem: 'distillation-quota' },
  { file: 'serverpools.yaml', kind: 'ServerPool', stem: 'server-pool' },
];

function write(path: string, text: string): void {
  mkdirSync(dirname(resolve(root, path)), { recursive: true });
  writeFileSync(resolve(root, path), text);
}

function fillAllCopies(): void {
  const sources = new Map<string, string>();
  for (const { file } of kinds) {
    sources.set(file, readFileSync(resolve(root, 'crds', file), 'utf8'));
    // A copied schema may hold a copy itself, so a file is filled until nothing changes.
    for (let before = ''; before !== sources.get(file); ) {
      before = sources.get(file) ?? '';
      sources.set(file, fillCopies(before, sources));
    }
    write(`crds/${file}`, sources.get(file) ?? '');
  }
}

fillAllCopies();
const crds = kinds.map(({ file }) => readCrd(resolve(root, 'crds'), file));
const model = buildTypeModel(crds);
const modules = new Map(kinds.map(({ kind, stem }) => [kind, `${stem}.gen.ts`]));
const pages = new Map(kinds.map(({ kind, stem }) => [kind, `${stem}.md`]));
const schemas = kinds.map(({ kind }, index) => {
  const crd = crds[index];
  if (crd === undefined) throw new Error(`reading ${kind}: no CRD`);
  return `/** The JSON schema of a ${kind}. */\nexport const ${kind.charAt(0).toLowerCase()}${kind.slice(1)}Schema = ${JSON.stringify(jsonSchema(crd))};\n`;
});

for (const crd of crds) {
  write(`src/api/v1alpha1/${modules.get(crd.kind)}`, typesModule(crd, model, modules));
  write(`docs/api/${pages.get(crd.kind)}`, referencePage(crd, model, pages));
  write(`charts/stratos/templates/crds/${crd.file}`, chartTemplate(crd));
}
for (const [name, text] of generatedData()) write(`src/data/${name}`, text);
write('docs/api/conditions.md', conditionPage());
write(
  'src/api/v1alpha1/schemas.gen.ts',
  `// Generated from crds/ by npm run generate. Do not edit.\n\n${schemas.join('\n')}`,
);
execFileSync('npx', ['biome', 'format', '--write', '--log-level=error', 'src/api/v1alpha1', 'src/data'], {
  cwd: root,
  stdio: 'pipe',
});
