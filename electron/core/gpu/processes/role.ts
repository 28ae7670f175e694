import type { GpuProcess } from '#contract';
import { after, type Seen } from '../../proc/index.ts';

export type Role = GpuProcess['role'];

/** The names that server, worker and their warm parents have (python/lbs/forkserver/identity.py writes the first two). */
const modules: Record<string, Role> = { 'lbs.server': 'server', 'lbs.worker': 'worker', 'lbs.forkserver': 'spare' };

/** What one of ours is by its own words; null where they do not say. */
export function roleBy({ words }: Pick<Seen, 'words'>): Role {
  const [module = ''] = after(words, '-m');
  return Object.hasOwn(modules, module) ? (modules[module] ?? null) : null;
}
