import type { GpuProcess } from '#contract';
import { guardedMarkers } from '../leftovers/index.ts';
import { allProcesses, ancestorsOf, processOf } from '../proc/index.ts';
import { type Listed, whoAndSince } from './processes.ts';
import { sparedBecause } from './spared.ts';

type IsOurs = (pid: number) => boolean | Promise<boolean>;
type Standing = Pick<GpuProcess, 'user' | 'since' | 'startTime' | 'ours' | 'spared'>;

/** What is known of one process on a GPU beside nvidia-smi's word, for one list: what they share is looked up once. */
export function createStanding(isOurs: IsOurs): (listed: Listed) => Promise<Standing> {
  let everybody: ReturnType<typeof allProcesses> | null = null;
  const all = () => {
    everybody ??= allProcesses();
    return everybody;
  };
  return async (listed) => {
    const [seen, ours] = await Promise.all([processOf(listed.pid), isOurs(listed.pid)]);
    // Only for those that could be: a list of strangers costs no look at every process.
    const mine = seen !== null && seen.uid === process.getuid?.();
    const panel = mine && ancestorsOf(listed.pid, await all()).has(process.pid);
    const above = mine && ancestorsOf(process.pid, await all()).has(listed.pid);
    const guarded = mine && seen.marker !== null && guardedMarkers(await all()).has(seen.marker);
    const spared = sparedBecause({ listed, seen, mine, ours, panel: panel || above, guarded });
    return { ...(await whoAndSince(seen)), ours, spared };
  };
}
