import type { CommandHandlers } from '#contract';
import { endGpuProcess } from '../gpu/index.ts';
import type { Guards } from '../guards/index.ts';
import type { MemoryView } from './wait-until-free.ts';

/** The commands that give GPU memory back. */
export const clearingHandlers = (
  view: Pick<MemoryView, 'processes'>,
  { decide }: Guards,
): Pick<CommandHandlers, 'backend.stop' | 'gpu.clearAndRestart' | 'gpu.endProcess'> => ({
  'backend.stop': async ({ when }) => void (await decide('stop', when)),
  'gpu.clearAndRestart': async ({ when }) => void (await decide('clear', when)),
  'gpu.endProcess': (process) => endGpuProcess(view.processes, process),
});
