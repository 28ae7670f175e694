import { type Notice, type Swept, verbatim } from '#contract';

/** What a sweep at the panel's start has to tell; nothing where it found nothing that ran. */
export function sweptNotice({ processes }: Swept): Pick<Notice, 'level' | 'code' | 'sentence'> | null {
  const named = (some: Swept['processes']) => some.map(({ pid, name }) => `${name} (pid ${pid})`).join(', ');
  const stuck = processes.filter(({ gone }) => !gone);
  if (stuck.length > 0)
    return {
      level: 'warning',
      code: 'leftovers',
      sentence: verbatim(
        `An earlier start of Headroom has left what does not end: ${named(stuck)}. It waits for the driver: restart the machine if it stays.`,
      ),
    };
  if (processes.length === 0) return null;
  return {
    level: 'info',
    code: 'leftovers',
    sentence: verbatim(`An earlier start of Headroom had left processes behind; they were ended: ${named(processes)}.`),
  };
}
