import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { covers } from '../../../../src/domain/covers.ts';
import { merge } from '../../../support/builders/merge.ts';

interface Applied {
  readonly deployment: { readonly metadata: object; readonly spec: object };
  readonly service: object;
}

const read = (file: string): string => readFileSync(`test/golden/${file}`, 'utf8');

describe('an object in the cluster', () => {
  for (const name of ['student-from-a-claim', 'student-from-an-image-on-four-gpus']) {
    const applied: Applied = parse(read(`${name}.yaml`));
    // Recorded from a kube-apiserver 1.36.3 after a server-side apply of the file above.
    const stored: Applied = JSON.parse(read(`${name}.stored.json`));

    it(`is as we want it when the API server has stored what we applied: ${name}`, () => {
      assert.ok(covers(stored.deployment, applied.deployment));
      assert.ok(covers(stored.service, applied.service));
    });

    it(`is not when anything of it was changed: ${name}`, () => {
      const changes: object[] = [
        { spec: { replicas: 7 } },
        { spec: { strategy: { rollingUpdate: { maxSurge: 0 } } } },
        { spec: { template: { spec: { nodeSelector: { 'distill.stratos.dev/pool': 'other' } } } } },
        { metadata: { labels: { 'app.kubernetes.io/managed-by': 'somebody' } } },
        { spec: { template: { spec: { containers: [] } } } },
      ];
      for (const change of changes)
        assert.ok(!covers(merge(stored.deployment, change), applied.deployment), JSON.stringify(change));
    });
  }

  const cases: Record<string, { actual: unknown; wanted: unknown; want: boolean }> = {
    'does not exist': { actual: undefined, wanted: { spec: {} }, want: true },
    'has a field more': { actual: { a: 1, b: 2 }, wanted: { a: 1 }, want: true },
    'selects by one label more': { actual: { selector: { a: 1, b: 2 } }, wanted: { selector: { a: 1 } }, want: false },
    'has a field less': { actual: { b: 2 }, wanted: { a: 1 }, want: false },
    'has an item more in a list': { actual: { a: [1, 2] }, wanted: { a: [1] }, want: false },
    'leaves an empty list out': { actual: {}, wanted: { a: [] }, want: true },
    'leaves false out': { actual: {}, wanted: { a: false }, want: true },
    'lacks a zero that means something': { actual: {}, wanted: { a: 0 }, want: false },
    'writes a quantity in its own way': {
      actual: { limits: { cpu: '2', memory: '1Gi' } },
      wanted: { limits: { cpu: '2000m', memory: '1024Mi' } },
      want: true,
    },
    'has another quantity': { actual: { limits: { cpu: '2' } }, wanted: { limits: { cpu: '3' } }, want: false },
    'lacks a quantity': { actual: { limits: {} }, wanted: { limits: { cpu: '3' } }, want: false },
    'has a text that only looks like the same number': {
      actual: { value: '1' },
      wanted: { value: '1.0' },
      want: false,
    },
  };
  for (const [name, { actual, wanted, want }] of Object.entries(cases)) {
    it(`${want ? 'is covered' : 'is not covered'} when it ${name}`, () => assert.equal(covers(actual, wanted), want));
  }
});
