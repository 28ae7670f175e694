import { readFile } from 'node:fs/promises';

const TICKS_PER_SECOND = 100;
/** The kernel counts in hundredths of a second: over less, the figure would jump. */
const LOOKS = 12;

/** Seconds of CPU that a process has used, with its children that have ended; null where the system does not tell. */
export async function cpuSeconds(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The name is in brackets and may hold spaces and brackets; utime, stime, cutime and cstime are fields 14 to 17.
  const after = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = after.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return Number.isFinite(ticks) ? ticks / TICKS_PER_SECOND : null;
}

/** Follows one process after another: what it costs of one core, in per cent, over the last looks; null until known. */
export function createCost(
  read: (pid: number) => Promise<number | null> = cpuSeconds,
  now: () => number = () => performance.now(),
) {
  let followed: number | undefined;
  let looks: { at: number; seconds: number }[] = [];
  return async (pid: number | undefined): Promise<number | null> => {
    if (pid !== followed) looks = [];
    followed = pid;
    const seconds = pid === undefined ? null : await read(pid);
    if (seconds === null || pid !== followed) return null;
    looks = [...looks, { at: now(), seconds }].slice(-LOOKS);
    const [first, last] = [looks[0], looks.at(-1)];
    if (!first || !last || last.at <= first.at) return null;
    const perCent = (100_000 * (last.seconds - first.seconds)) / (last.at - first.at);
    return Math.round(perCent * 100) / 100;
  };
}
