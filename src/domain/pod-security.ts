/** The *restricted* Pod Security Standard, which every pod of Stratos meets. */

/**
 * @param userId user, group and owner of the volumes; undefined leaves them to the platform, as OpenShift demands, which gives
 * every namespace a range of its own.
 */
export function restrictedPod(userId: number | undefined): Record<string, unknown> {
  const user = userId === undefined ? {} : { runAsUser: userId, runAsGroup: userId, fsGroup: userId };
  return { runAsNonRoot: true, ...user, seccompProfile: { type: 'RuntimeDefault' } };
}

export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
