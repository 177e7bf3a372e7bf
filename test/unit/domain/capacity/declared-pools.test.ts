import assert from 'node:assert/strict';
import { type DeclaredPool, parseDeclaredPools } from '../../../../src/domain/capacity/declared-pools.ts';
import { discoverWith, sizes } from './builders.ts';

const node = { cpu: '192', memory: '768Gi', gpu: { product: 'NVIDIA-L4', count: 8 } };
const spec = { nodeSelector: { pool: 'l4' }, node, limits: { maxNodes: 2 } };
const parse = (entries: unknown): DeclaredPool[] => parseDeclaredPools(JSON.stringify(entries));

describe('pools that the operator is told of', () => {
  it('have the defaults of a ServerPool', () => {
    const [pool] = parse([{ name: 'l4', spec: { ...spec, price: { amount: '6.00' } } }]);
    assert.equal(pool?.spec.price?.currency, 'USD');
    assert.equal(pool?.spec.node?.gpu?.resource, 'nvidia.com/gpu');
  });

  it('are planned on where no node can be seen', () => {
    const { pools } = discoverWith({ serverPools: parse([{ name: 'l4', spec }]) });
    assert.deepEqual(sizes(pools), ['l4: 0 + 2 new']);
    assert.deepEqual(pools[0]?.nodeSelector, { pool: 'l4' });
  });

  const refused: Record<string, { entries: unknown; want: RegExp }> = {
    'what is no list': { entries: { name: 'l4', spec }, want: /is not a list of/ },
    'an entry without a name': { entries: [{ spec }], want: /entry 0 has no usable name/ },
    'a name that pods could not carry': { entries: [{ name: 'L4_pool', spec }], want: /entry 0 has no usable name/ },
    'a name twice': {
      entries: [
        { name: 'a', spec },
        { name: 'a', spec },
      ],
      want: /names the pool a twice/,
    },
    'an entry without a spec': { entries: [{ name: 'a' }], want: /entry 0 \(a\): .*spec/ },
    'a misspelt field': { entries: [{ name: 'a', spec: { ...spec, taint: [] } }], want: /entry 0 \(a\): .*taint/ },
    'a selector of all nodes': {
      entries: [{ name: 'a', spec: { ...spec, nodeSelector: {} } }],
      want: /at least one label/,
    },
    'nodes to come that nobody describes': {
      entries: [{ name: 'a', spec: { nodeSelector: { a: 'b' }, limits: { maxNodes: 1 } } }],
      want: /limits\.maxNodes promises nodes, so node must say what they have/,
    },
  };
  for (const [name, { entries, want }] of Object.entries(refused)) {
    it(`are refused: ${name}`, () => assert.throws(() => parse(entries), want));
  }

  it('are refused: what is no JSON', () => assert.throws(() => parseDeclaredPools('- name: a'), /is not JSON: /));
});
