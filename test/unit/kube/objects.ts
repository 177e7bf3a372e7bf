// Objects for the tests of this folder.
import type { KubeObject, Stored } from '../../../src/kube/types.ts';

export interface Thing extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** A stored thing; its uid follows from its name unless a successor is meant. */
export function thing(
  name: string,
  resourceVersion: string,
  more: Partial<Thing['metadata'] & Thing> = {},
): Stored<Thing> {
  const { data, ...metadata } = more;
  return {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: {
      name,
      namespace: 'ns',
      uid: `uid-${name}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      resourceVersion,
      ...metadata,
    },
    ...(data ? { data } : {}),
  };
}
