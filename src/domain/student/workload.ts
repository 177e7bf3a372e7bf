/** Builds the revision, the Deployment and the Service of a student. Pure: the same input gives the same objects. */
import type { Deployment, PodTemplate, Service } from '../../api/core.ts';
import { studentDeploymentLabel, studentLabels, trackLabel } from '../../api/labels.ts';
import { ownerReference, studentServiceName } from '../../api/names.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import { restrictedPod } from '../pod-security.ts';
import { mergePodTemplate } from '../pod-template.ts';
import { podPlacement } from '../pool-choice.ts';
import type { RolloutRoom } from './headroom.ts';
import { shapeAnnotation } from './pod-shape.ts';
import type { Scale } from './replicas.ts';
import { labelled, makeRevision, type Revision } from './revision.ts';
import { stopTimes } from './stop-times.ts';
import { serverContainer, type ServerInput, serverVolumes } from './vllm.ts';

/** A revision is its pod template: whatever changes the template is a new one. */
export function buildRevision(input: ServerInput): Revision {
  return makeRevision({
    template: podTemplate(input),
    model: input.model,
    pool: input.placed.choice.pool.name,
  });
}

/** The Deployment that serves `revision`; its selector leaves room for a second one beside it. */
export function buildDeployment(
  student: StudentDeployment,
  revision: Revision,
  { room, scale }: { readonly room: RolloutRoom; readonly scale: Scale },
): Deployment {
  const { name, namespace } = student.metadata;
  const { progressDeadlineSeconds, paused } = student.spec;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels: studentLabels(name), ownerReferences: [ownerReference(student)] },
    spec: {
      ...(scale.isOurs ? { replicas: scale.replicas } : {}),
      paused: paused ?? false,
      // The history is in ControllerRevisions; of the old ReplicaSets, one is kept to look at.
      revisionHistoryLimit: 1,
      progressDeadlineSeconds,
      selector: { matchLabels: { [studentDeploymentLabel]: name, [trackLabel]: 'stable' } },
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: room.maxSurge, maxUnavailable: room.maxUnavailable },
      },
      template: onTrack(labelled(revision), 'stable'),
    },
  };
}

/** Not part of the revision: the same one is served on either track. */
function onTrack(template: PodTemplate, track: 'stable' | 'canary'): PodTemplate {
  const { metadata } = template;
  return { ...template, metadata: { ...metadata, labels: { ...metadata.labels, [trackLabel]: track } } };
}

export function buildService(student: StudentDeployment): Service {
  const { name, namespace } = student.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: studentServiceName(name),
      namespace,
      labels: studentLabels(name),
      ownerReferences: [ownerReference(student)],
    },
    spec: {
      selector: { [studentDeploymentLabel]: name },
      ports: [{ name: 'http', port: 80, targetPort: 'http' }],
    },
  };
}

/** The address inside the cluster. */
export function serviceUrl({ metadata }: StudentDeployment): string {
  return `http://${studentServiceName(metadata.name)}.${metadata.namespace}.svc`;
}

function podTemplate(input: ServerInput): PodTemplate {
  const { student, placed, model, shape } = input;
  const template: PodTemplate = {
    metadata: {
      labels: studentLabels(student.metadata.name),
      // The digest makes new weights under an old path a new revision.
      annotations: {
        'distill.stratos.dev/model-digest': model.digest ?? model.uri,
        [shapeAnnotation]: shape.text,
      },
    },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: stopTimes(student.spec.serving).grace,
      securityContext: restrictedPod(input.podUserId),
      ...podPlacement(placed.choice),
      containers: [serverContainer(input)],
      volumes: serverVolumes(input),
    },
  };
  return mergePodTemplate(template, student.spec.template);
}
