import type { Notice, Swept } from '#contract';
import { say } from './sentences.ts';

/** The notice about a sweep when the panel starts; null where it found no process. */
export function leftoverNotice({ processes }: Swept): Pick<Notice, 'level' | 'code' | 'sentence'> | null {
  const list = (some: Swept['processes']) => some.map(({ pid, name }) => say('process', { name, pid }));
  const survivors = processes.filter(({ gone }) => !gone);
  if (survivors.length > 0)
    return { level: 'warning', code: 'leftovers', sentence: say('surviving', { processes: list(survivors) }) };
  if (processes.length === 0) return null;
  return { level: 'info', code: 'leftovers', sentence: say('terminated', { processes: list(processes) }) };
}
