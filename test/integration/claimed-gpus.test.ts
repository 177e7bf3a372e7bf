// GPUs that a node offers to resource claims alone: the real scheduler allocates them for the pods of a job and of a student.
import assert from 'node:assert/strict';
import { capacityResources } from '../../src/api/capacity-resources.ts';
import { resourceClaimTemplates } from '../../src/controllers/resources.ts';
import type { KubeObject, Resource } from '../../src/kube/types.ts';
import { AuditMark } from '../support/cluster-audit.ts';
import { aClaim, aDistillationJob, aStudentDeployment } from '../support/cluster-objects.ts';
import { l4Pool } from '../support/cluster-pools.ts';
import { Team } from '../support/cluster-team.ts';
import { withCluster } from '../support/cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { standInImages } from '../support/stage-image/images.ts';
import { done } from './distillation-job/looks.ts';

const driver = 'gpu.nvidia.com';

interface ResourceClaim extends KubeObject {
  readonly status?: {
    readonly allocation?: { readonly devices: { readonly results: readonly { pool: string; device: string }[] } };
    readonly reservedFor?: readonly { readonly resource: string; readonly name: string }[];
  };
}
const [resourceClaims] = capacityResources.resourceClaims as readonly Resource<ResourceClaim>[];

/** The machine of {@link l4Pool}, without a device plugin and its labels. */
function claimOnlyNode() {
  const pool = l4Pool('dra', 1);
  const { 'nvidia.com/gpu': _offered, ...capacity } = pool.capacity ?? {};
  const labels = Object.fromEntries(Object.entries(pool.labels ?? {}).filter(([key]) => !key.startsWith('nvidia.com')));
  return { ...pool, capacity, labels };
}

const deviceClass = {
  apiVersion: 'resource.k8s.io/v1',
  kind: 'DeviceClass',
  metadata: { name: driver },
  spec: {
    selectors: [
      { cel: { expression: `device.driver == '${driver}' && device.attributes['${driver}'].type == 'gpu'` } },
    ],
  },
};

/** Two GPUs, and a slice of a third, which no pod of ours may get. */
const slice = (nodeName: string) => ({
  apiVersion: 'resource.k8s.io/v1',
  kind: 'ResourceSlice',
  metadata: { name: `${nodeName}-gpus` },
  spec: {
    driver,
    nodeName,
    pool: { name: nodeName, generation: 1, resourceSliceCount: 1 },
    devices: ['gpu', 'gpu', 'mig'].map((type, index) => ({
      name: `${type}-${index}`,
      attributes: { type: { string: type }, productName: { string: 'NVIDIA L4' } },
      capacity: { memory: { value: '23034Mi' } },
    })),
  },
});

describe('GPUs offered to resource claims alone', () => {
  const cluster = withCluster({ nodes: [claimOnlyNode()], images: standInImages() });
  let operator: OperatorProcess | undefined;
  let audit: AuditMark | undefined;
  let team: Team;
  before('a driver publishes its devices, and the operator starts', async () => {
    const { controlPlane } = cluster();
    const { items } = JSON.parse(await controlPlane.kubectl(['get', 'nodes', '-o', 'json']));
    const [node] = items.filter(({ metadata }: KubeObject) => metadata.name.startsWith('dra'));
    for (const object of [deviceClass, slice(node.metadata.name)])
      await controlPlane.kubectl(['apply', '-f', '-'], JSON.stringify(object));
    audit = await AuditMark.set(controlPlane.audit);
    operator = await cluster().startOperator();
    team = await cluster().newTeam();
  });
  after('stop the operator, and take the devices away', async () => {
    await operator?.stop();
    await team.disband();
    await cluster().controlPlane.kubectl(['delete', 'deviceclass', driver]);
    await cluster().controlPlane.kubectl(['delete', 'resourceslice', '--all']);
  });

  const allocated = async (podPrefix: string) => {
    const claims = await team.list(resourceClaims as Resource<ResourceClaim>);
    return claims.find(
      ({ status }) =>
        status?.allocation !== undefined && status.reservedFor?.some(({ name }) => name.startsWith(podPrefix)),
    );
  };

  it('are allocated to the pod of a training Job, which runs with them', async () => {
    await team.apply(aClaim(), aDistillationJob('tiles', { script: { train: { milliseconds: 4000 } } }));
    const claim = await team.eventually('the claim of the training pod is allocated', () => allocated('tiles-train-'));
    const devices = claim.status?.allocation?.devices.results ?? [];
    assert.ok(devices.length >= 1);
    assert.ok(devices.every(({ device }) => device.startsWith('gpu-')));
    const train = (await team.stageJobs()).find(({ metadata }) => metadata.name.startsWith('tiles-train-'));
    const { resourceClaims: claimed = [], containers = [] } = train?.spec.template.spec ?? {};
    assert.deepEqual(containers[0]?.resources?.claims, [{ name: 'gpu' }]);
    assert.deepEqual(Object.keys(containers[0].resources.limits ?? {}).sort(), ['cpu', 'memory']);
    const template = await team.get(resourceClaimTemplates, claimed[0]?.resourceClaimTemplateName ?? '');
    assert.deepEqual(
      template.metadata.ownerReferences?.map(({ kind, name }) => `${kind} ${name}`),
      ['DistillationJob tiles'],
    );
    assert.deepEqual(template.spec.spec.devices.requests, [
      {
        name: 'gpu',
        exactly: {
          deviceClassName: driver,
          allocationMode: 'ExactCount',
          count: devices.length,
          selectors: [
            {
              cel: {
                expression: `has(device.attributes["${driver}"].productName) && device.attributes["${driver}"].productName == "NVIDIA L4"`,
              },
            },
          ],
        },
      },
    ]);
    await done(team);
  }).timeout(120_000);

  it('are allocated to the replica of a student, and are free again when it is gone', async () => {
    const model = { uri: 'hf://example/tiny' };
    await team.apply(aStudentDeployment('served', { model, replicas: 1 }));
    await team.kubectl('wait', '--for=condition=Ready', 'studentdeployment/served', '--timeout=60s');
    assert.ok(await allocated('served-'));
    const [name = ''] = (await team.list(resourceClaimTemplates))
      .map(({ metadata }) => metadata.name)
      .filter((each) => each.startsWith('served-gpus-'));
    // By hand, as a slip of somebody: a pod that is made anew would wait for it.
    await team.kubectl('delete', 'resourceclaimtemplate', name);
    await team.eventually('the template is back', async () =>
      (await team.list(resourceClaimTemplates)).some(({ metadata }) => metadata.name === name),
    );
    await team.kubectl('delete', 'studentdeployment', 'served');
    await team.eventually('the claim is gone', async () => (await allocated('served-')) === undefined);
  }).timeout(120_000);

  it('need nothing that the chart does not grant', async () => {
    assert.deepEqual(await audit?.forbidden(), []);
  });
});
