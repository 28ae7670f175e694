import type { GpuProcess, Health } from '#contract';
import { carriesMarker } from './marker.ts';

/** Which processes are of the backend that we started, and what each is to it. */
export function createWhose(told: {
  platform: NodeJS.Platform;
  /** The present start's. */
  marker(): string | null;
  health(): Health | null;
  leader(): number | null;
}) {
  const { platform, marker, health, leader } = told;
  return {
    // Without /proc the pids that the backend told have to do.
    isOurs: (pid: number): boolean | Promise<boolean> =>
      platform === 'linux' ? carriesMarker(pid, marker()) : pid === health()?.worker.pid || pid === leader(),
    roleOf(pid: number): GpuProcess['role'] {
      if (pid === leader() || pid === health()?.pid) return 'server';
      return pid === health()?.worker.pid ? 'worker' : null;
    },
  };
}
