/** Ways to a student besides its Service: an HTTPRoute and an InferencePool, in clusters that have these kinds. */
import type { HttpRoute, InferencePool } from '../../api/core.ts';
import { studentDeploymentLabel, studentLabels } from '../../api/labels.ts';
import { ownerReference, studentServiceName, trackServiceName } from '../../api/names.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import { covers } from '../covers.ts';
import type { Weights } from './canary/traffic.ts';
import { identityOf } from './children.ts';
import type { Action } from './decision.ts';
import type { Observed } from './observed.ts';

function metadataOf(student: StudentDeployment) {
  const { name, namespace } = student.metadata;
  return { name, namespace, labels: studentLabels(name), ownerReferences: [ownerReference(student)] };
}

interface Backends {
  /** Whether an InferencePool picks the pod; else a Service spreads the requests. */
  readonly throughPool: boolean;
  /** Undefined: one Service for all replicas. */
  readonly weights: Weights | undefined;
}

function buildHttpRoute(student: StudentDeployment, backends: Backends): HttpRoute | undefined {
  const asked = student.spec.route?.httpRoute;
  if (asked === undefined) return undefined;
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: metadataOf(student),
    spec: {
      parentRefs: asked.parentRefs.map((parent) => ({ ...parent })),
      ...(asked.hostnames === undefined ? {} : { hostnames: [...asked.hostnames] }),
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: asked.pathPrefix } }],
          backendRefs: backendRefs(student, backends),
        },
      ],
    },
  };
}

function backendRefs({ metadata: { name } }: StudentDeployment, { throughPool, weights }: Backends) {
  if (throughPool) return [{ group: 'inference.networking.k8s.io', kind: 'InferencePool', name }];
  const service = { group: '', kind: 'Service', port: 80 };
  if (weights === undefined) return [{ ...service, name: studentServiceName(name) }];
  return (['stable', 'canary'] as const).map((track) => ({
    ...service,
    name: trackServiceName(name, track),
    weight: weights[track],
  }));
}

function buildInferencePool(student: StudentDeployment): InferencePool | undefined {
  const asked = student.spec.route?.inferencePool;
  if (asked === undefined) return undefined;
  const { name, port } = asked.endpointPickerRef;
  return {
    apiVersion: 'inference.networking.k8s.io/v1',
    kind: 'InferencePool',
    metadata: metadataOf(student),
    spec: {
      selector: { matchLabels: { [studentDeploymentLabel]: student.metadata.name } },
      targetPorts: [{ number: student.spec.runtime.port }],
      endpointPickerRef: { name, port: { number: port } },
    },
  };
}

/** Kinds that are not served get nothing; the Service is there in any case. */
export function routeActions(observed: Observed, weights: Weights | undefined): Action[] {
  return [...poolActions(observed), ...httpRouteActions(observed, weights)];
}

function poolActions({ student, inferencePool: { served, object } }: Observed): Action[] {
  const pool = buildInferencePool(student);
  if (pool === undefined)
    return object === undefined ? [] : [{ type: 'delete-inference-pool', ...identityOf(object.metadata) }];
  return served && !covers(object, pool) ? [{ type: 'apply-inference-pool', pool }] : [];
}

function httpRouteActions(observed: Observed, weights: Weights | undefined): Action[] {
  const { student, inferencePool, httpRoute } = observed;
  const { served, object } = httpRoute;
  const throughPool = student.spec.route?.inferencePool !== undefined && inferencePool.served;
  const route = buildHttpRoute(student, { throughPool, weights });
  if (route === undefined)
    return object === undefined ? [] : [{ type: 'delete-http-route', ...identityOf(object.metadata) }];
  return served && !covers(object, route) ? [{ type: 'apply-http-route', route }] : [];
}

export interface RouteState {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: 'RouteAccepted' | 'KindMissing' | 'RouteNotAccepted' | 'RoutePending';
  readonly message: string;
}

/** Undefined when only the Service is asked for. */
export function routeState({ student, httpRoute, inferencePool }: Observed): RouteState | undefined {
  const { httpRoute: asked, inferencePool: askedPool } = student.spec.route ?? {};
  if (asked === undefined && askedPool === undefined) return undefined;
  const missing = [
    ...(asked !== undefined && !httpRoute.served ? ['HTTPRoute of gateway.networking.k8s.io/v1'] : []),
    ...(askedPool !== undefined && !inferencePool.served ? ['InferencePool of inference.networking.k8s.io/v1'] : []),
  ];
  if (missing.length > 0) {
    const message = `the cluster has no ${missing.join(' and no ')}, or the operator may not read it; install its CRDs, or remove it from spec.route; the Service serves in any case`;
    return { status: 'False', reason: 'KindMissing', message };
  }
  return asked === undefined
    ? {
        status: 'True',
        reason: 'RouteAccepted',
        message: 'the InferencePool is there; a route of yours may lead to it',
      }
    : acceptance(httpRoute.object);
}

/** What the gateways' controllers say of the route. */
function acceptance(route: HttpRoute | undefined): RouteState {
  const verdicts = (route?.status?.parents ?? []).flatMap(({ conditions = [] }) =>
    conditions.filter(({ type }) => type === 'Accepted' || type === 'ResolvedRefs'),
  );
  const refused = verdicts.find(({ status }) => status === 'False');
  if (refused !== undefined) {
    const message = `a gateway does not take the HTTPRoute: ${refused.reason ?? ''}: ${refused.message ?? ''}`;
    return { status: 'False', reason: 'RouteNotAccepted', message };
  }
  if (verdicts.some(({ type, status }) => type === 'Accepted' && status === 'True')) {
    return { status: 'True', reason: 'RouteAccepted', message: 'the gateways have taken the HTTPRoute' };
  }
  const message = 'no gateway has taken the HTTPRoute yet; do the Gateways of spec.route.httpRoute.parentRefs exist?';
  return { status: 'Unknown', reason: 'RoutePending', message };
}
