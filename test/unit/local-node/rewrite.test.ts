import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { type PathMapping, rewritePaths } from '../../support/local-node/rewrite.ts';

const mappings: PathMapping[] = [
  { from: '/workspace', to: '/host/w' },
  { from: '/workspace/cache', to: '/host/c' },
  { from: '/mnt/pvc/models', to: '/host/models' },
  { from: '/dev/termination-log', to: '/host/term' },
  { from: '/host', to: '/elsewhere' },
];

const cases: Record<string, { text: string; want: string }> = {
  'a path alone': { text: '/workspace', want: '/host/w' },
  'a path below a mount': { text: '/workspace/a/b.json', want: '/host/w/a/b.json' },
  'a trailing slash stays': { text: '/workspace/', want: '/host/w/' },
  'the longest mount wins': { text: '/workspace/cache/x', want: '/host/c/x' },
  'a longer name is another path': {
    text: '/workspace2 /workspace-old /workspace.bak',
    want: '/workspace2 /workspace-old /workspace.bak',
  },
  'a longer segment under a nested mount falls to the outer one': { text: '/workspace/cached', want: '/host/w/cached' },
  'what was replaced is not looked at again': { text: '/workspace /host/x', want: '/host/w /elsewhere/x' },
  'an option with a value': { text: '--model=/mnt/pvc/models/tiny', want: '--model=/host/models/tiny' },
  'a list of paths': { text: '/workspace:/mnt/pvc/models', want: '/host/w:/host/models' },
  'a JSON document': {
    text: '{"workspace":"/workspace","mounts":{"pvc://models":"/mnt/pvc/models"}}',
    want: '{"workspace":"/host/w","mounts":{"pvc://models":"/host/models"}}',
  },
  'a path after an escaped line break in JSON': {
    text: '{"run":"cd x\\n/workspace/go"}',
    want: '{"run":"cd x\\n/host/w/go"}',
  },
  'a URL whose path looks like a mount is left alone': {
    text: 'http://example.invalid/workspace',
    want: 'http://example.invalid/workspace',
  },
  'a URL with a port is left alone': { text: 'http://127.0.0.1:80/workspace', want: 'http://127.0.0.1:80/workspace' },
  'a bucket is left alone': {
    text: 's3://bucket/workspace pvc://workspace',
    want: 's3://bucket/workspace pvc://workspace',
  },
  'a file URL is a path': { text: 'file:///workspace/a', want: 'file:///host/w/a' },
  'a longer path that ends alike is left alone': {
    text: '/home/workspace ./workspace ../workspace',
    want: '/home/workspace ./workspace ../workspace',
  },
  'a shell variable in front is left alone': { text: '${HOME}/workspace', want: '${HOME}/workspace' },
  'a shell script': {
    text: 'cat </workspace/a >/dev/termination-log;ls /workspace',
    want: 'cat </host/w/a >/host/term;ls /host/w',
  },
  'the end of a sentence': { text: 'Look into /workspace.', want: 'Look into /host/w.' },
  'a root mount is never rewritten': { text: '/', want: '/' },
};

describe('paths of containers become paths of this machine', () => {
  for (const [name, { text, want }] of Object.entries(cases)) {
    it(name, () => assert.equal(rewritePaths(text, mappings), want));
  }

  it('the order of the mounts does not matter', () => {
    const text = fc.array(fc.constantFrom(...Object.values(cases).map((tc) => tc.text)), { maxLength: 5 });
    const shuffled = fc.shuffledSubarray(mappings, { minLength: mappings.length });
    fc.assert(
      fc.property(text, shuffled, (parts, order) => {
        assert.equal(rewritePaths(parts.join(' '), order), rewritePaths(parts.join(' '), mappings));
      }),
    );
  });

  it('text without a mounted path stays as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(mappings.every(({ from }) => !text.includes(from)));
        assert.equal(rewritePaths(text, mappings), text);
      }),
    );
  });
});
