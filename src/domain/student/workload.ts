/** Builds the revision, the Deployment and the Service of a student. Pure: the same input gives the same objects. */
import type { Deployment, PodTemplate, Service } from '../../api/core.ts';
import { studentDeploymentLabel, studentLabels, trackLabel } from '../../api/labels.ts';
import { canaryName, ownerReference, studentServiceName, trackServiceName } from '../../api/names.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import { withGpuClaim } from '../claim-template.ts';
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
  const { maxSurge, maxUnavailable } = room;
  return trackDeployment(student, revision, {
    track: 'stable',
    name: student.metadata.name,
    replicas: scale.isOurs ? { replicas: scale.replicas } : {},
    rollingUpdate: { maxSurge, maxUnavailable },
  });
}

/** The second one, for a revision on trial: another candidate replaces the pods of the last at once. */
export function buildCanary(student: StudentDeployment, revision: Revision, replicas: number): Deployment {
  return trackDeployment(student, revision, {
    track: 'canary',
    name: canaryName(student.metadata.name),
    replicas: { replicas },
    rollingUpdate: { maxSurge: 0, maxUnavailable: '100%' },
  });
}

type Track = 'stable' | 'canary';

/** Never to be changed: the API server takes no other for a Deployment that is there. */
export function selectorOf(studentName: string, track: Track): Deployment['spec']['selector'] {
  return { matchLabels: { [studentDeploymentLabel]: studentName, [trackLabel]: track } };
}

interface TrackShape {
  readonly track: Track;
  readonly name: string;
  readonly replicas: { readonly replicas?: number };
  readonly rollingUpdate: { readonly maxSurge: number | string; readonly maxUnavailable: number | string };
}

function trackDeployment(student: StudentDeployment, revision: Revision, shape: TrackShape): Deployment {
  const { name: studentName, namespace } = student.metadata;
  const { progressDeadlineSeconds, paused } = student.spec;
  const { track, name, replicas, rollingUpdate } = shape;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels: studentLabels(studentName), ownerReferences: [ownerReference(student)] },
    spec: {
      ...replicas,
      paused: paused ?? false,
      // The history is in ControllerRevisions; of the old ReplicaSets, one is kept to look at.
      revisionHistoryLimit: 1,
      progressDeadlineSeconds,
      selector: selectorOf(studentName, track),
      strategy: { type: 'RollingUpdate', rollingUpdate },
      template: onTrack(labelled(revision), track),
    },
  };
}

/** Not part of the revision: the same one is served on either track. */
function onTrack(template: PodTemplate, track: Track): PodTemplate {
  const { metadata } = template;
  return { ...template, metadata: { ...metadata, labels: { ...metadata.labels, [trackLabel]: track } } };
}

/** @param only the track whose replicas it leads to; to all of them without. */
export function buildService(student: StudentDeployment, only?: Track): Service {
  return serviceOver(student, studentServiceName(student.metadata.name), only);
}

/** Of one track alone, for a route that weighs the two. */
export function buildTrackService(student: StudentDeployment, track: Track): Service {
  return serviceOver(student, trackServiceName(student.metadata.name, track), track);
}

function serviceOver(student: StudentDeployment, serviceName: string, track: Track | undefined): Service {
  const { name, namespace } = student.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: serviceName,
      namespace,
      labels: studentLabels(name),
      ownerReferences: [ownerReference(student)],
    },
    spec: {
      selector: { [studentDeploymentLabel]: name, ...(track === undefined ? {} : { [trackLabel]: track }) },
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
  return withGpuClaim(mergePodTemplate(template, student.spec.template), student, placed.choice);
}
