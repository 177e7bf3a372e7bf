import { jobLabel } from '../../api/labels.ts';
import type { PodBelongsTo } from './authenticator.ts';
import { unlessRefused, type KubeApi } from './kube-api.ts';

const pods = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };

interface LabelledPod {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
}

/** Asks the API server, so that a replica that does not lead, and has no cache of pods, can take reports too. */
export function podLookup(api: Pick<KubeApi, 'get'>): PodBelongsTo {
  return async (namespace, name, jobName) => {
    const pod = await unlessRefused([404], api.get(pods, { namespace, name }), undefined);
    return (pod as LabelledPod | undefined)?.metadata.labels?.[jobLabel] === jobName;
  };
}
