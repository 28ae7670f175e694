import { type CommandHandlers, PanelError } from '#contract';
import type { Supervisor } from '../backend/index.ts';
import { endGpuProcess } from '../gpu/index.ts';
import type { Guards } from '../guards/index.ts';
import { type ClearingSteps, clearAndRestart } from './clearing.ts';
import { combineSentences } from './explain.ts';
import { listed, waitUntilFree } from './wait-until-free.ts';

/** The commands that give GPU memory back. */
export function clearingHandlers(parts: {
  steps: ClearingSteps;
  supervisor: Pick<Supervisor, 'stop' | 'whenStopped' | 'phase'>;
  /** Telemetry arrives now. */
  hasTelemetry(): boolean;
  guards: Guards;
}): Pick<CommandHandlers, 'backend.stop' | 'gpu.clearAndRestart' | 'gpu.endProcess'> {
  const { steps, supervisor, hasTelemetry, guards } = parts;
  return {
    'backend.stop': async () => {
      guards.notWhileClearing();
      const first = steps.recent();
      supervisor.stop();
      await supervisor.whenStopped();
      // The processes have exited. The stop is complete when their memory is free, or a new start has been requested.
      const before = await listed(steps);
      // Without telemetry, as while a laptop's GPU is suspended, there is nothing to wait for.
      const cancelled = () => supervisor.phase() !== 'stopped' || !hasTelemetry();
      const { explain } = await waitUntilFree(steps, first, undefined, cancelled);
      if (explain) throw new PanelError('backend_error', combineSentences(explain(before)));
    },
    'gpu.clearAndRestart': async () => {
      guards.notWhileClearing();
      return clearAndRestart(steps);
    },
    'gpu.endProcess': (process) => endGpuProcess(steps.processes, process),
  };
}
