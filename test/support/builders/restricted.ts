import assert from 'node:assert/strict';
import type { Container, PodSpec } from '../../../src/api/core.ts';

/** What the *restricted* Pod Security Standard asks of a pod. */
export function assertRestricted(pod: PodSpec): void {
  const security = pod.securityContext ?? {};
  assert.equal(security['runAsNonRoot'], true);
  assert.deepEqual(security['seccompProfile'], { type: 'RuntimeDefault' });
  assert.notEqual(security['runAsUser'], 0);
  for (const volume of pod.volumes ?? []) {
    const [kind = ''] = Object.keys(volume).filter((key) => key !== 'name');
    assert.ok(
      ['configMap', 'emptyDir', 'image', 'persistentVolumeClaim', 'projected', 'secret'].includes(kind),
      `volume ${volume.name} is of kind ${kind}`,
    );
  }
  for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) assertRestrictedContainer(container);
}

function assertRestrictedContainer({ name, securityContext = {} }: Container): void {
  assert.equal(securityContext['allowPrivilegeEscalation'], false, name);
  assert.deepEqual(securityContext['capabilities'], { drop: ['ALL'] }, name);
  assert.equal(securityContext['privileged'], undefined, name);
}
