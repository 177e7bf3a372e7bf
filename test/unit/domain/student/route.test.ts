import assert from 'node:assert/strict';
import { merge } from '../../../support/builders/merge.ts';
import { type Stage, stage } from './stage.ts';

const httpRoute = { parentRefs: [{ name: 'public' }], hostnames: ['tiles.example.dev'], pathPrefix: '/' };
const inferencePool = { endpointPickerRef: { name: 'picker', port: 9002 } };
const there = { served: true, object: undefined };

const backend = (s: Stage) => s.httpRoute.object?.spec.rules[0]?.backendRefs[0]?.kind;
const verdict = (s: Stage, type: string, status: string, message: string): Stage => {
  const { object } = s.httpRoute;
  assert.ok(object);
  const conditions = [{ type, status, reason: 'Because', message }];
  s.httpRoute = { served: true, object: { ...object, status: { parents: [{ conditions }] } } };
  return s.settle();
};

describe('a way besides the Service', () => {
  it('is not missed when nobody asks for it', () => assert.equal(stage().settle().condition('RouteReady'), 'absent'));

  it('is said to be missing where the kind is, and everything else serves', () => {
    const s = stage({ route: { httpRoute, inferencePool } }).settle();
    assert.equal(s.condition('RouteReady'), 'False KindMissing');
    const { message = '' } = s.status.conditions?.find(({ type }) => type === 'RouteReady') ?? {};
    assert.match(message, /no HTTPRoute of gateway\S+ and no InferencePool of inference\S+.*install its CRDs/);
    assert.notEqual(s.deployment, undefined);
    assert.notEqual(s.service, undefined);
  });

  it('is made once the kind is there, and waits for a gateway', () => {
    const s = stage({ route: { httpRoute } }).settle();
    s.httpRoute = there;
    assert.equal(s.settle().condition('RouteReady'), 'Unknown RoutePending');
    assert.equal(backend(s), 'Service');
    assert.equal(verdict(s, 'Accepted', 'True', '').condition('RouteReady'), 'True RouteAccepted');
  });

  it('repeats why a gateway refuses it', () => {
    const s = stage({ route: { httpRoute } });
    s.httpRoute = there;
    verdict(s.settle(), 'ResolvedRefs', 'False', 'no such port');
    assert.equal(s.condition('RouteReady'), 'False RouteNotAccepted');
    assert.match(
      s.status.conditions?.find(({ type }) => type === 'RouteReady')?.message ?? '',
      /Because: no such port/,
    );
  });

  it('leads through the pool that picks a pod, and to the Service while there is no such kind', () => {
    const s = stage({ route: { httpRoute, inferencePool } });
    s.httpRoute = there;
    assert.equal(backend(s.settle()), 'Service');
    s.inferencePool = there;
    assert.equal(backend(s.settle()), 'InferencePool');
    assert.deepEqual(s.inferencePool.object?.spec.targetPorts, [{ number: 8000 }]);
  });

  it('is removed when it is not asked for any more', () => {
    const s = stage({ route: { httpRoute, inferencePool } });
    s.httpRoute = there;
    s.inferencePool = there;
    s.settle();
    s.student = { ...s.student, spec: merge(s.student.spec, { route: undefined }) };
    s.settle();
    assert.deepEqual(
      [s.httpRoute.object, s.inferencePool.object, s.condition('RouteReady')],
      [undefined, undefined, 'absent'],
    );
  });
});
