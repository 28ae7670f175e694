import type { ProcessInfo } from './process-table.ts';

/** All descendants of a process, without itself. */
export function descendantsOf(pid: number, found: readonly ProcessInfo[]): ProcessInfo[] {
  const family = new Set([pid]);
  const descendants: ProcessInfo[] = [];
  let before = -1;
  while (before !== descendants.length) {
    before = descendants.length;
    const fresh = found.filter((process) => family.has(process.parent) && !family.has(process.pid));
    for (const process of fresh) family.add(process.pid);
    descendants.push(...fresh);
  }
  return descendants;
}
