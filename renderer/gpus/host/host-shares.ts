import type { HostSample } from '#contract';

/** The backend's and the others' shares of system RAM, in percent. Null if the system does not report it. */
export function hostShares({ ramTotalMiB: total, ramUsedMiB: used, backendRssMiB }: HostSample) {
  if (!total || used === null) return null;
  // Resident memory counts shared pages once per process, so the sum can exceed the memory in use.
  const ours = Math.min(backendRssMiB ?? 0, used);
  return { ours: (100 * ours) / total, others: (100 * (used - ours)) / total };
}
