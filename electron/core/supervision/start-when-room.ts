import { statfs } from 'node:fs/promises';
import { diskAnswers } from '../base/index.ts';
import type { PhaseChange } from './supervision.ts';

const FIRST_MS = 10_000;
const LONGEST_MS = 300_000;
/** The backend needs little to start; its own warning of a disk that is nearly full follows. */
const NEEDED_BYTES = 2 ** 20;

/**
 * Starts a backend again that failed because a disk was full, once `folder()`, which holds the results, has room. Each
 * failure doubles the wait until a backend has become ready: a quota, or another full disk, does not show there.
 */
export function startWhenRoom(parts: {
  onPhase(listener: (change: Pick<PhaseChange, 'backend'>) => void): unknown;
  folder(): string;
  start(): Promise<unknown>;
  hasRoom?: (folder: string) => Promise<boolean>;
}): void {
  const { hasRoom = roomIn } = parts;
  let waitMs = FIRST_MS;
  let timer: NodeJS.Timeout | undefined;
  let failure = 0;
  const look = (mine: number) => {
    timer = setTimeout(async () => {
      const room = await hasRoom(parts.folder());
      if (mine !== failure) return;
      if (!room) return look(mine);
      waitMs = Math.min(LONGEST_MS, 2 * waitMs);
      parts.start().catch(() => undefined);
    }, waitMs).unref();
  };
  parts.onPhase(({ backend: { phase, reason } }) => {
    clearTimeout(timer);
    failure += 1;
    if (phase === 'ready') waitMs = FIRST_MS;
    if (phase === 'failed' && reason?.code === 'disk_full') look(failure);
  });
}

async function roomIn(folder: string): Promise<boolean> {
  if (!(await diskAnswers(folder))) return false;
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize >= NEEDED_BYTES,
    () => false,
  );
}
