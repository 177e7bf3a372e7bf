/** What a namespace lets its jobs use: our quotas, and Kubernetes' own. */
import { podCeiling } from '../domain/pod-ceiling.ts';
import type { NamespaceRules } from '../domain/quota/allowance.ts';
import { compareText } from '../domain/text.ts';
import type { Stores } from './stores.ts';

type Sources = Pick<Stores, 'quotas' | 'resourceQuotas' | 'limitRanges'>;

export function namespaceRules(stores: Sources, namespace: string): NamespaceRules {
  return {
    quotas: stores.quotas.list(namespace).toSorted((a, b) => compareText(a.metadata.name, b.metadata.name)),
    podCeiling: podCeiling(stores.resourceQuotas.list(namespace), stores.limitRanges.list(namespace)),
  };
}
