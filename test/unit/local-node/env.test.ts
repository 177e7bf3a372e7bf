import assert from 'node:assert/strict';
import { buildEnvironment, type EnvResult, expand, referencedObjects } from '../../support/local-node/env.ts';
import { parseQuantity } from '../../support/local-node/quantity.ts';
import type { Container } from '../../support/local-node/types.ts';

const values = { NAME: 'value', EMPTY: '', NESTED: '$(NAME)' };

const expansions: Record<string, { text: string; want: string }> = {
  'a known name': { text: 'a-$(NAME)-b', want: 'a-value-b' },
  'an empty value': { text: '[$(EMPTY)]', want: '[]' },
  'an unknown name stays as written': { text: '$(OTHER)', want: '$(OTHER)' },
  'two dollars are one, and protect what follows': { text: '$$(NAME) $$', want: '$(NAME) $' },
  'three dollars are one and a value': { text: '$$$(NAME)', want: '$value' },
  'a value is not expanded again': { text: '$(NESTED)', want: '$(NAME)' },
  'a shell variable is not ours': { text: '$NAME ${NAME} $(', want: '$NAME ${NAME} $(' },
};

const sources = {
  pod: {
    metadata: { name: 'p', namespace: 'n', uid: 'u', labels: { app: 'web' }, annotations: { 'a/b': 'c' } },
    spec: { nodeName: 'node', serviceAccountName: 'robot', containers: [] },
  },
  podIP: '127.18.0.1',
  hostIP: '127.0.0.1',
  allocatable: { cpu: '8', memory: '32Gi' },
  objects: new Map([
    ['configmap/settings', { size: '3', mode: 'fast' }],
    ['secret/login', { token: 'hush' }],
  ]),
};

const field = (fieldPath: string) => ({ env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath } } }] });
const resource = (name: string, divisor: string) => ({
  env: [{ name: 'X', valueFrom: { resourceFieldRef: { resource: name, divisor } } }],
  resources: { limits: { cpu: '1500m' }, requests: { memory: '1Gi' } },
});
const one = (value: string): EnvResult => ({ env: { X: value } });

const environments: Record<string, { container: Partial<Container>; want: EnvResult }> = {
  'values refer to variables above them': {
    container: {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '$(A)$(C)' },
        { name: 'C', value: '2' },
      ],
    },
    want: { env: { A: '1', B: '1$(C)', C: '2' } },
  },
  'the own address': { container: field('status.podIP'), want: one('127.18.0.1') },
  'the name of the node': { container: field('spec.nodeName'), want: one('node') },
  'one label': { container: field("metadata.labels['app']"), want: one('web') },
  'one annotation': { container: field("metadata.annotations['a/b']"), want: one('c') },
  'an absent label is empty': { container: field("metadata.labels['none']"), want: one('') },
  'a limit is rounded up to the divisor': { container: resource('limits.cpu', '1'), want: one('2') },
  'a limit in smaller units': { container: resource('limits.cpu', '1m'), want: one('1500') },
  'an unset limit is what the node has': { container: resource('limits.memory', '1Gi'), want: one('32') },
  'an unset divisor is one': { container: resource('requests.memory', '0'), want: one('1073741824') },
  'a key of a config map': {
    container: { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'settings', key: 'size' } } }] },
    want: one('3'),
  },
  'all of a config map, with a prefix, under own variables': {
    container: {
      envFrom: [{ prefix: 'S_', configMapRef: { name: 'settings' } }],
      env: [{ name: 'S_mode', value: 'slow' }],
    },
    want: { env: { S_size: '3', S_mode: 'slow' } },
  },
  'a missing secret': {
    container: { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'none', key: 'token' } } }] },
    want: { missing: 'secret "none" not found' },
  },
  'a missing key': {
    container: { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'login', key: 'none' } } }] },
    want: { missing: "couldn't find key none in secret n/login" },
  },
  'an optional key may be missing': {
    container: { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'login', key: 'none', optional: true } } }] },
    want: { env: {} },
  },
  'an optional source may be missing': {
    container: { envFrom: [{ secretRef: { name: 'none', optional: true } }] },
    want: { env: {} },
  },
  'a missing source of all variables': {
    container: { envFrom: [{ configMapRef: { name: 'none' } }] },
    want: { missing: 'configmap "none" not found' },
  },
};

describe('environment of containers', () => {
  for (const [name, { text, want }] of Object.entries(expansions)) {
    it(`references: ${name}`, () => assert.equal(expand(text, values), want));
  }
  for (const [name, { container, want }] of Object.entries(environments)) {
    it(name, () => assert.deepEqual(buildEnvironment({ name: 'c', ...container }, sources), want));
  }

  it('names each object it needs once', () => {
    const valueFrom = { secretKeyRef: { name: 'login', key: 'a' } };
    const container = {
      name: 'c',
      envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'login' } }],
      env: [
        { name: 'A', valueFrom },
        { name: 'B', value: 'b' },
      ],
    };
    assert.deepEqual(referencedObjects(container), ['configmap/settings', 'secret/login']);
  });
});

const quantities: Record<string, number> = {
  '2': 2,
  '1500m': 1.5,
  '1Ki': 1024,
  '1.5Gi': 1.5 * 2 ** 30,
  '5k': 5000,
  '1e3': 1000,
};

describe('quantities', () => {
  for (const [text, want] of Object.entries(quantities)) it(text, () => assert.equal(parseQuantity(text), want));
  it('refuses anything else', () => assert.throws(() => parseQuantity('many'), /not a Kubernetes quantity/));
});
