/** Builds the Deployment and the Service of a student. Pure: the same input gives the same objects. */
import type { Deployment, PodTemplate, Service } from '../../api/core.ts';
import { revisionLabel, studentDeploymentLabel, studentLabels } from '../../api/labels.ts';
import { ownerReference, shortHash, studentServiceName } from '../../api/names.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import { restrictedPod } from '../pod-security.ts';
import { mergePodTemplate } from '../pod-template.ts';
import { podPlacement } from '../pool-choice.ts';
import type { RolloutRoom } from './headroom.ts';
import type { Scale } from './replicas.ts';
import { shapeAnnotation } from './pod-shape.ts';
import { serverContainer, type ServerInput, serverVolumes, stopSeconds } from './vllm.ts';

/** A revision is its pod template: whatever changes the template is a new one. */
export interface StudentWorkload {
  readonly deployment: Deployment;
  readonly revision: string;
}

export function buildWorkload(input: ServerInput, room: RolloutRoom, scale: Scale): StudentWorkload {
  const { student } = input;
  const { name, namespace } = student.metadata;
  const template = podTemplate(input);
  const revision = shortHash([JSON.stringify(template)]);
  const { progressDeadlineSeconds, revisionHistoryLimit, paused } = student.spec;
  const deployment: Deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels: studentLabels(name), ownerReferences: [ownerReference(student)] },
    spec: {
      ...(scale.isOurs ? { replicas: scale.replicas } : {}),
      paused: paused ?? false,
      revisionHistoryLimit,
      progressDeadlineSeconds,
      selector: { matchLabels: { [studentDeploymentLabel]: name } },
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: room.maxSurge, maxUnavailable: room.maxUnavailable },
      },
      template: withRevision(template, revision),
    },
  };
  return { deployment, revision };
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
      terminationGracePeriodSeconds: stopSeconds,
      securityContext: restrictedPod(input.podUserId),
      ...podPlacement(placed.choice),
      containers: [serverContainer(input)],
      volumes: serverVolumes(input),
    },
  };
  return mergePodTemplate(template, student.spec.template);
}

function withRevision(template: PodTemplate, revision: string): PodTemplate {
  return {
    ...template,
    metadata: { ...template.metadata, labels: { ...template.metadata.labels, [revisionLabel]: revision } },
  };
}
