import assert from 'node:assert/strict';
import type { PodTemplate } from '../../../src/api/core.ts';
import { gpuClaimAnnotation } from '../../../src/api/labels.ts';
import { missingClaimTemplate, withGpuClaim } from '../../../src/domain/claim-template.ts';
import { gpuClaimOf } from '../../../src/domain/planning/gpu-claim.ts';
import type { Pool } from '../../../src/domain/planning/pool.ts';
import { claimOfPod, gpusOfPod } from '../../../src/domain/planning/pod-claims.ts';
import { podResources } from '../../../src/domain/pool-choice.ts';
import { aJob } from '../../support/builders/job.ts';
import { aPool } from '../../support/builders/pool.ts';
import { aStudentDeployment } from '../../support/builders/student.ts';
import { World } from '../../support/builders/world.ts';
import { Stage } from './student/stage.ts';

const resource = 'gpu.example.com.deviceclass.resource.k8s.io/devices';
const claim = { deviceClassName: 'gpu.example.com', selector: 'device.attributes["x"].productName == "L4"' };
const plain = aPool().gpus('L4', 4).build();
const claimed: Pool = { ...plain, gpu: plain.gpu && { ...plain.gpu, resource, claim } };
const choice = { pool: claimed, gpus: 2 };
const owner = aJob().build();

const bare: PodTemplate = {
  metadata: { labels: { app: 'x' }, annotations: { kept: 'yes' } },
  spec: {
    containers: [
      { name: 'trainer', image: 'x', resources: podResources(choice) },
      { name: 'other', image: 'x' },
    ],
  },
};
const template = withGpuClaim(bare, owner, choice);
const missing = (present: readonly string[] = [], of = template) =>
  missingClaimTemplate(of, { owner, labels: { a: 'b' }, present: new Set(present) });

describe('the claim of a pod on GPUs of a DeviceClass', () => {
  it('takes the place of the extended resource, for the first container', () => {
    const [first, second] = template.spec.containers;
    assert.deepEqual(Object.keys(first?.resources?.limits ?? {}), ['cpu', 'memory']);
    assert.deepEqual(first?.resources?.claims, [{ name: 'gpu' }]);
    assert.equal(second?.resources, undefined);
    assert.equal(template.spec.resourceClaims?.[0]?.name, 'gpu');
    assert.equal(template.metadata.annotations?.['kept'], 'yes');
  });

  it('is none on a pool of an extended resource, nor of a pod without GPUs', () => {
    assert.equal(withGpuClaim(bare, owner, { pool: aPool().build(), gpus: 1 }), bare);
    assert.equal(withGpuClaim(bare, owner, { pool: claimed, gpus: 0 }), bare);
  });

  it('is made from a template of the owner, with as many devices', () => {
    const made = missing();
    assert.equal(made?.metadata.name, template.spec.resourceClaims?.[0]?.resourceClaimTemplateName);
    assert.equal(made?.metadata.ownerReferences?.[0]?.uid, owner.metadata.uid);
    assert.deepEqual(made?.spec.spec.devices.requests, [
      {
        name: 'gpu',
        exactly: {
          deviceClassName: 'gpu.example.com',
          allocationMode: 'ExactCount',
          count: 2,
          selectors: [{ cel: { expression: claim.selector } }],
        },
      },
    ]);
    assert.equal(missing([made?.metadata.name ?? '']), undefined);
  });

  it('has a template of its own for each number, owner and kind of owner, as the spec of one never changes', () => {
    const student = aStudentDeployment(owner.metadata.name).build();
    const names = [
      template,
      withGpuClaim(bare, owner, { ...choice, gpus: 4 }),
      withGpuClaim(bare, student, choice),
      withGpuClaim(bare, aJob('other').build(), choice),
    ].map(({ spec }) => spec.resourceClaims?.[0]?.resourceClaimTemplateName);
    assert.equal(new Set(names).size, names.length);
    assert.equal(withGpuClaim(bare, owner, choice).spec.resourceClaims?.[0]?.resourceClaimTemplateName, names[0]);
  });

  it('counts for its node, and for the quota of the job, like a request', () => {
    const pod = { metadata: template.metadata, spec: { ...template.spec, nodeName: 'a' } };
    assert.equal(gpusOfPod(pod), 2);
    assert.deepEqual(claimOfPod(pod)?.gpus, { [resource]: 2 });
  });

  const nothing: Readonly<Record<string, string | undefined>> = {
    'without the annotation': undefined,
    'with text that is no JSON': '{',
    'with no object': '7',
    'with null': 'null',
    'with a count that is none': '{"deviceClassName":"x","count":"2"}',
    'with a count of zero': '{"deviceClassName":"x","count":0}',
  };
  for (const [what, text] of Object.entries(nothing))
    it(`is not read ${what}`, () => {
      const annotations = text === undefined ? {} : { [gpuClaimAnnotation]: text };
      assert.equal(gpuClaimOf({ metadata: { annotations }, spec: { resourceClaims: [{}] } }), null);
    });

  it('is not read of a pod without claims, whoever wrote the annotation', () =>
    assert.equal(gpuClaimOf({ metadata: template.metadata, spec: {} }), null));
});

describe('a job on GPUs of a DeviceClass', () => {
  it('has the template before the Job, and again when somebody removes it', () => {
    const world = new World(undefined, [claimed]).runThrough('Profile').settle();
    const [name = ''] = world.claimTemplates.keys();
    const before = world.actions.indexOf(`create-claim-template ${name}`);
    assert.ok(before >= 0 && before < world.actions.findIndex((action) => action.startsWith('create-stage-job')));
    world.settle();
    world.claimTemplates.clear();
    world.settle();
    assert.ok(world.claimTemplates.size > 0);
  });
});

describe('a student on GPUs of a DeviceClass', () => {
  it('has the template before its Deployment, once', () => {
    const stage = new Stage(aStudentDeployment('tiles').build());
    stage.pools = [claimed];
    const types = stage.look().actions.map(({ type }) => type);
    assert.ok(types.indexOf('apply-claim-template') < types.indexOf('apply-deployment'));
    stage.settle();
    assert.equal(stage.claimTemplates.size, 1);
    stage.claimTemplates.clear();
    assert.deepEqual(
      stage.look().actions.map(({ type }) => type),
      ['apply-claim-template'],
    );
  });
});
