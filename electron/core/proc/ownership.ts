import type { GpuProcess, Health } from '#contract';
import { carriesMarker } from './marker.ts';

/** Tells which processes belong to the backend that this panel started, and their roles. */
export function createOwnership(from: {
  platform: NodeJS.Platform;
  /** The marker of the current start. */
  marker(): string | null;
  health(): Health | null;
  leader(): number | null;
}) {
  const { platform, marker, health, leader } = from;
  return {
    // Without /proc, only the pids that the backend reports are known.
    isOurs: (pid: number): boolean | Promise<boolean> =>
      platform === 'linux' ? carriesMarker(pid, marker()) : pid === health()?.worker.pid || pid === leader(),
    roleOf(pid: number): GpuProcess['role'] {
      if (pid === leader() || pid === health()?.pid) return 'server';
      return pid === health()?.worker.pid ? 'worker' : null;
    },
  };
}
