/** What the API server needs to be told to find the objects of a kind. */
export interface ResourceName {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const group = 'distill.stratos.dev';
const version = 'v1alpha1';

/** `apiVersion` of all kinds of Stratos. */
export const apiVersion = `${group}/${version}` as const;

export const distillationJobs = {
  group,
  version,
  plural: 'distillationjobs',
  kind: 'DistillationJob',
  namespaced: true,
} as const satisfies ResourceName;

export const distillationQuotas = {
  group,
  version,
  plural: 'distillationquotas',
  kind: 'DistillationQuota',
  namespaced: true,
} as const satisfies ResourceName;

export const studentDeployments = {
  group,
  version,
  plural: 'studentdeployments',
  kind: 'StudentDeployment',
  namespaced: true,
} as const satisfies ResourceName;

export const serverPools = {
  group,
  version,
  plural: 'serverpools',
  kind: 'ServerPool',
  namespaced: false,
} as const satisfies ResourceName;
