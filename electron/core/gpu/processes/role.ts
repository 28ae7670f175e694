import type { GpuProcess } from '#contract';
import { argumentsAfter, type ProcessInfo } from '../../proc/index.ts';

export type Role = GpuProcess['role'];

/** The modules of server, worker and warm parents (python/lbs/forkserver/identity.py writes the first two). */
const modules: Record<string, Role> = { 'lbs.server': 'server', 'lbs.worker': 'worker', 'lbs.forkserver': 'spare' };

/** The role of our own process by its command line; null where that does not tell. */
export function roleByCommand({ args }: Pick<ProcessInfo, 'args'>): Role {
  const [module = ''] = argumentsAfter(args, '-m');
  return Object.hasOwn(modules, module) ? (modules[module] ?? null) : null;
}
