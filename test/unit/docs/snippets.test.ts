import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { DistillationJob } from '../../../src/api/v1alpha1/distillation-job.gen.ts';
import type { DistillationQuota } from '../../../src/api/v1alpha1/distillation-quota.gen.ts';
import type { ServerPool } from '../../../src/api/v1alpha1/server-pool.gen.ts';
import type { StudentDeployment } from '../../../src/api/v1alpha1/student-deployment.gen.ts';
import {
  validateDistillationJob,
  validateDistillationQuota,
  validateServerPool,
  validateStudentDeployment,
  type Validated,
} from '../../../src/api/validate.ts';
import { findUnsupported as jobUnsupported } from '../../../src/domain/distillation/unsupported.ts';
import { findUnsupported as studentUnsupported } from '../../../src/domain/student/unsupported.ts';
import { anchors, blocks, links, type Page, pages, read, root } from './pages.ts';

interface Manifest {
  readonly kind?: unknown;
}

const kinds = ['DistillationJob', 'DistillationQuota', 'ServerPool', 'StudentDeployment'];
const samples = 'manifests/samples';

function manifests({ text }: Page): Manifest[] {
  return blocks(text, 'yaml')
    .flatMap((body) => parseAllDocuments(body).map((document) => document.toJS() as Manifest | null))
    .filter((value) => value !== null)
    .filter(({ kind }) => kinds.includes(String(kind)));
}

const validators: Readonly<
  Record<string, (manifest: unknown) => Validated<DistillationJob | DistillationQuota | ServerPool | StudentDeployment>>
> = {
  DistillationJob: validateDistillationJob,
  DistillationQuota: validateDistillationQuota,
  ServerPool: validateServerPool,
  StudentDeployment: validateStudentDeployment,
};

/** What would keep the manifest from running as it stands. */
function problems(manifest: Manifest): unknown {
  const validated = validators[String(manifest.kind)]?.(manifest);
  if (validated === undefined) return ['no such kind'];
  if (!validated.ok) return validated.errors;
  const { value } = validated;
  if (value.kind === 'DistillationQuota' || value.kind === 'ServerPool') return [];
  return value.kind === 'DistillationJob' ? jobUnsupported(value.spec) : studentUnsupported(value.spec);
}

describe('a sample', () => {
  for (const file of readdirSync(join(root, 'manifests/samples'))) {
    it(`is accepted by this version: ${file}`, () => {
      const documents = parseAllDocuments(read(`manifests/samples/${file}`)).map(
        (one) => one.toJS() as Manifest | null,
      );
      const ours = documents.filter((one) => kinds.includes(String(one?.kind)));
      assert.notEqual(ours.length, 0);
      for (const one of ours) assert.deepEqual(problems(inNamespace(one)), []);
    });
  }
});

/** Samples leave the namespace to whoever applies them. */
function inNamespace(manifest: Manifest | null): Manifest {
  const { metadata, ...rest } = manifest as { readonly metadata: object };
  return { ...rest, metadata: { namespace: 'team-a', ...metadata } } as Manifest;
}

describe('the documentation', () => {
  it('has manifests of every kind', () => {
    const found = new Set(
      pages()
        .flatMap(manifests)
        .map(({ kind }) => kind),
    );
    assert.deepEqual(found, new Set(kinds));
  });

  for (const page of pages()) {
    for (const [index, manifest] of manifests(page).entries()) {
      it(`shows a ${String(manifest.kind)} that this version accepts: ${page.path}, number ${index + 1}`, () => {
        assert.deepEqual(problems(manifest), []);
      });
    }

    it(`has links that lead somewhere: ${page.path}`, () => {
      const broken = links(page).filter(({ target, anchor }) => {
        if (!existsSync(join(root, target))) return true;
        return anchor !== undefined && !anchors(read(target)).includes(anchor);
      });
      assert.deepEqual(broken, []);
    });
  }

  for (const file of readdirSync(join(root, samples))) {
    it(`has a sample that this version accepts: ${file}`, () => {
      const found = parseAllDocuments(read(`${samples}/${file}`)).map((document) => document.toJS() as Manifest | null);
      const ours = found.filter((value) => value !== null).filter(({ kind }) => kinds.includes(String(kind)));
      assert.notEqual(ours.length, 0);
      assert.deepEqual(
        ours.map(problems),
        ours.map(() => []),
      );
    });
  }

  it('names only make targets that exist', () => {
    const targets = new Set([...read('Makefile').matchAll(/^([a-z0-9-]+):/gm)].map(([, target]) => target));
    const named = pages().flatMap(({ path, text }) =>
      [...text.matchAll(/(?:`|^ *)make ([a-z][a-z0-9-]*)/gm)].map(([, target]) => ({ path, target })),
    );
    assert.notEqual(named.length, 0);
    assert.deepEqual(
      named.filter(({ target }) => !targets.has(target)),
      [],
    );
  });

  it('has no page that no other page leads to, indexes aside', () => {
    const reached = new Set(
      pages()
        .flatMap(links)
        .map(({ target }) => target),
    );
    const lost = pages().filter(({ path }) => !path.endsWith('README.md') && !reached.has(path));
    assert.deepEqual(
      lost.map(({ path }) => path),
      [],
    );
  });

  it('names only files of this repository', () => {
    const file =
      /(?<![\w/.~*-])(?:src|test|crds|charts|manifests|trainer-image|docs)\/[\w./-]*[\w/](?<pattern>[*{<])?/g;
    const named = pages().flatMap(({ path, text }) => [...text.matchAll(file)].map((match) => ({ path, match })));
    const missing = named.filter(({ match: [name, pattern] }) => {
      // Of a pattern, and of a name in capitals, the folder must be there.
      const isPattern = pattern !== undefined || /\/[A-Z]+(\.\w+)?$/.test(name);
      return !existsSync(join(root, name)) && !(isPattern && existsSync(join(root, dirname(name))));
    });
    assert.deepEqual(
      missing.map(({ path, match: [name] }) => `${path}: ${name}`),
      [],
    );
  });
});
