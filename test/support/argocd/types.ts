// What is read of Argo CD's kinds.
import { namespaced } from '../../../src/kube/resources.ts';
import type { KubeObject, Resource } from '../../../src/kube/types.ts';

export const argoNamespace = 'argocd';

/** One object that an Application keeps, or wants to. */
export interface Kept {
  readonly kind: string;
  readonly name: string;
  readonly status?: string;
  readonly health?: { readonly status?: string; readonly message?: string };
}

export interface Application extends KubeObject {
  readonly status?: {
    readonly sync?: { readonly status?: string; readonly revision?: string };
    readonly health?: { readonly status?: string };
    readonly resources?: readonly Kept[];
    /** One entry for each sync that ended well. */
    readonly history?: readonly { readonly revision: string }[];
  };
}

export const applications: Resource<Application> = namespaced('argoproj.io/v1alpha1', 'applications', 'Application');

/** In Argo CD's two words. */
export interface Standing {
  readonly sync: string | undefined;
  readonly health: string | undefined;
}

export function standingOf({ status }: Application): Standing {
  return { sync: status?.sync?.status, health: status?.health?.status };
}
