import assert from 'node:assert/strict';
import type { ServerPool, ServerPoolStatus } from '../../../../src/api/v1alpha1/server-pool.gen.ts';
import type { ClusterObjects } from '../../../../src/domain/capacity/cluster-objects.ts';
import type { NodeObject, PodClaim } from '../../../../src/domain/planning/node-snapshot.ts';
import { decide } from '../../../../src/domain/server-pool/decide.ts';
import { observe } from '../../../../src/domain/server-pool/observed.ts';
import { aServerPool, discoverWith } from '../capacity/builders.ts';
import { aNode } from '../planning/builders.ts';

const now = Date.parse('2026-02-03T04:05:06Z');

interface World {
  readonly spec?: object;
  readonly nodes?: readonly NodeObject[];
  readonly claims?: readonly PodClaim[];
  readonly objects?: ClusterObjects;
  readonly status?: ServerPoolStatus;
}

function look({ spec = {}, nodes = [], claims = [], objects = {}, status }: World) {
  const stored = aServerPool('h100', spec) as ServerPool;
  const pool: ServerPool = status === undefined ? stored : { ...stored, status };
  const serverPools = [stored, ...(objects.serverPools ?? [])];
  return decide(observe(pool, discoverWith({ ...objects, serverPools }, nodes, claims)), now);
}

const conditionOf = ({ status }: ReturnType<typeof decide>, type: string) => {
  const found = status.conditions?.find((condition) => condition.type === type);
  return found && `${found.status} ${found.reason}`;
};

const node = (name: string, more: Parameters<typeof aNode>[0] = {}) =>
  aNode({
    name,
    gpus: 8,
    ...more,
    labels: { pool: 'h100', 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3', ...more.labels },
  });
const machine = { cpu: '96', memory: '768Gi', gpu: { product: 'H100', count: 8 } };
const older = aServerPool('older', { nodeSelector: { pool: 'h100' } }, '2020-01-01T00:00:00Z');

const readiness: Readonly<Record<string, readonly [World, string]>> = {
  'nodes are there': [{ nodes: [node('a')] }, 'True NodesFound'],
  'none is there and some could be made': [{ spec: { node: machine, limits: { maxNodes: 2 } } }, 'True AtZero'],
  'none is there and nobody says what one would be': [{}, 'False NoNodes'],
  'none is ready': [{ nodes: [node('a', { cordoned: true })] }, 'False NodesNotReady'],
  'an older pool has the nodes': [{ nodes: [node('a')], objects: { serverPools: [older] } }, 'False NodesClaimedTwice'],
  'nodes deny what it says': [
    { spec: { region: 'x' }, nodes: [node('a', { labels: { 'topology.kubernetes.io/region': 'y' } })] },
    'False ShapeContradicted',
  ],
  'nobody knows the product': [
    { nodes: [node('a', { labels: { 'nvidia.com/gpu.product': 'B9000' } })] },
    'False GpuUnknown',
  ],
  'the GPUs are sliced': [
    { nodes: [node('a', { labels: { 'nvidia.com/gpu.replicas': '4' } })] },
    'False GpuTimeSliced',
  ],
};

const prices: Readonly<Record<string, readonly [World, string]>> = {
  'the spec says it': [{ spec: { price: { amount: '40' } }, nodes: [node('a')] }, 'True PriceStated'],
  'the catalogue does': [
    {
      nodes: [
        node('a', {
          labels: { 'node.kubernetes.io/instance-type': 'p5.48xlarge', 'topology.kubernetes.io/region': 'us-east-1' },
        }),
      ],
    },
    'True PriceFound',
  ],
  'nobody does': [{ nodes: [node('a')] }, 'False PriceUnknown'],
  'it is zero': [{ spec: { price: { amount: '0' } }, nodes: [node('a')] }, 'False PriceZero'],
  'there are no nodes': [{ spec: { price: { amount: '40' } } }, 'False PriceUnknown'],
};

describe('the status of a ServerPool', () => {
  for (const [what, [world, want]] of Object.entries(readiness)) {
    it(`is ${want} when ${what}`, () => {
      const decision = look(world);
      assert.equal(conditionOf(decision, 'Ready'), want);
      assert.equal(
        conditionOf(decision, 'Stalled'),
        want.startsWith('True') ? undefined : want.replace('False', 'True'),
      );
    });
  }

  for (const [what, [world, want]] of Object.entries(prices)) {
    it(`says of the price, when ${what}, ${want}`, () => assert.equal(conditionOf(look(world), 'PriceKnown'), want));
  }

  it('counts nodes, GPUs and what is free, and names product and price', () => {
    const claims = [{ nodeName: 'a', gpus: { 'nvidia.com/gpu': 3 }, cpuMillis: 0, memoryBytes: 0 }];
    const spec = { node: machine, limits: { maxNodes: 5 }, price: { amount: '40', currency: 'EUR' } };
    const { status } = look({ spec, nodes: [node('a'), node('b', { ready: false })], claims });
    const { pools, nodes, gpus, price, conflicts, observedGeneration } = status;
    assert.deepEqual(
      { pools, nodes, gpus, price, conflicts, observedGeneration },
      {
        pools: ['h100'],
        nodes: { total: 2, ready: 1, new: 3 },
        gpus: { total: 16, free: 5, product: 'H100-SXM', perNode: 8, memoryGibibytes: 80 },
        price: { amount: '40.00', currency: 'EUR', source: 'ServerPool h100', date: '2026-01-01' },
        conflicts: undefined,
        observedGeneration: 1,
      },
    );
  });

  it('lists conflicts, also for the one that keeps the nodes', () => {
    const younger = aServerPool('younger', { nodeSelector: { pool: 'h100' } }, '2027-01-01T00:00:00Z');
    const { status } = look({ nodes: [node('a')], objects: { serverPools: [younger] } });
    assert.deepEqual(
      status.conflicts?.map(({ reason }) => reason),
      ['NodesClaimedTwice'],
    );
  });

  it('is the same when nothing has changed, whatever time it is, and then nothing is told', () => {
    const first = look({ nodes: [node('a')] });
    assert.deepEqual(
      first.events.map(({ type, reason }) => `${type} ${reason}`),
      ['Normal NodesFound'],
    );
    const again = look({ nodes: [node('a')], status: first.status });
    assert.deepEqual(again, { status: first.status, events: [] });
  });

  it('tells when the pool can no longer be used, and when its price changes', () => {
    const { status } = look({ spec: { price: { amount: '40' } }, nodes: [node('a')] });
    const { events } = look({ nodes: [node('a', { ready: false })], status });
    assert.deepEqual(
      events.map(({ type, reason, note }) => `${type} ${reason}: ${note}`),
      [
        'Warning NodesNotReady: none of the nodes is ready and uncordoned',
        'Normal PriceChanged: from 40.00 USD to an unknown price an hour',
      ],
    );
  });
});
