import assert from 'node:assert/strict';
import { collectionPath, objectPath, query } from '../../../src/kube/paths.ts';
import { clusterScoped, leases, namespaced } from '../../../src/kube/resources.ts';
import { apiVersionOf, formatKey, parseKey } from '../../../src/kube/types.ts';

const pods = namespaced('v1', 'pods', 'Pod');
const nodes = clusterScoped('v1', 'nodes', 'Node');
const jobs = namespaced('batch/v1', 'jobs', 'Job');

describe('object keys', () => {
  const cases = {
    'a namespaced object is namespace/name': { key: { namespace: 'team-a', name: 'job' }, want: 'team-a/job' },
    'a cluster-scoped object is its name': { key: { namespace: '', name: 'node-1' }, want: 'node-1' },
  };
  for (const [name, tc] of Object.entries(cases)) {
    it(`${name}, and back`, () => {
      assert.equal(formatKey(tc.key), tc.want);
      assert.deepEqual(parseKey(tc.want), tc.key);
    });
  }
});

describe('paths', () => {
  const cases = {
    'of a core collection': { path: collectionPath(pods, 'a'), want: '/api/v1/namespaces/a/pods' },
    'of all namespaces': { path: collectionPath(jobs), want: '/apis/batch/v1/jobs' },
    'of all namespaces, named by the empty string': { path: collectionPath(jobs, ''), want: '/apis/batch/v1/jobs' },
    'of a cluster-scoped collection': { path: collectionPath(nodes, 'ignored'), want: '/api/v1/nodes' },
    'of an object': {
      path: objectPath(leases, { namespace: 'a', name: 'l' }),
      want: '/apis/coordination.k8s.io/v1/namespaces/a/leases/l',
    },
    'of a subresource': {
      path: objectPath(jobs, { namespace: 'a', name: 'j' }, 'status'),
      want: '/apis/batch/v1/namespaces/a/jobs/j/status',
    },
    'of a name that needs escaping': {
      path: objectPath(nodes, { namespace: '', name: 'a/../b?c' }),
      want: '/api/v1/nodes/a%2F..%2Fb%3Fc',
    },
    'with a query, without what is undefined': {
      path: query({ a: 1, b: undefined, c: true, d: 'x=y' }),
      want: '?a=1&c=true&d=x%3Dy',
    },
    'with an empty query': { path: query({ a: undefined }), want: '' },
  };
  for (const [name, tc] of Object.entries(cases)) it(name, () => assert.equal(tc.path, tc.want));

  it('know their API version', () => {
    assert.deepEqual([pods, jobs].map(apiVersionOf), ['v1', 'batch/v1']);
  });
});
