import { readFile } from 'node:fs/promises';

const TICKS_PER_SECOND = 100;
/** The kernel counts in hundredths of a second: over fewer readings the result would be noisy. */
const READINGS = 12;

/** CPU seconds of a process and its exited children; null where the system does not report them. */
export async function cpuSeconds(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The name is in parentheses and may contain spaces and parentheses; utime, stime, cutime and cstime are fields 14 to 17.
  const after = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = after.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return Number.isFinite(ticks) ? ticks / TICKS_PER_SECOND : null;
}

/** Measures the CPU use of one process at a time, in per cent of one core over the last readings; null until known. */
export function createCost(
  read: (pid: number) => Promise<number | null> = cpuSeconds,
  now: () => number = () => performance.now(),
) {
  let followed: number | undefined;
  let readings: { at: number; seconds: number }[] = [];
  return async (pid: number | undefined): Promise<number | null> => {
    if (pid !== followed) readings = [];
    followed = pid;
    const seconds = pid === undefined ? null : await read(pid);
    if (seconds === null || pid !== followed) return null;
    readings = [...readings, { at: now(), seconds }].slice(-READINGS);
    const [first, last] = [readings[0], readings.at(-1)];
    if (!first || !last || last.at <= first.at) return null;
    const perCent = (100_000 * (last.seconds - first.seconds)) / (last.at - first.at);
    return Math.round(perCent * 100) / 100;
  };
}
