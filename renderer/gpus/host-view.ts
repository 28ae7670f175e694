import type { HostSample } from '#contract';

/** The machine's RAM as per cents of it: the backend's, and what else is used. Null where the system does not tell. */
export function hostView({ ramTotalMiB: total, ramUsedMiB: used, backendRssMiB }: HostSample) {
  if (!total || used === null) return null;
  // Resident memory counts what processes share for each of them: together it can be more than what is used.
  const ours = Math.min(backendRssMiB ?? 0, used);
  return { ours: (100 * ours) / total, others: (100 * (used - ours)) / total };
}
