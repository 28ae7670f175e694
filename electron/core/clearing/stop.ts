import { PanelError } from '#contract';
import type { Supervisor } from '../backend/index.ts';
import { combineSentences } from './explain.ts';
import { listed, type MemoryView, waitUntilFree } from './wait-until-free.ts';

interface StopSteps {
  view: MemoryView;
  stop(): Promise<void>;
  phase: Supervisor['phase'];
  /** Telemetry arrives now. */
  hasTelemetry(): boolean;
}

/** Stops the backend: done when its memory is free, or a new start has been requested. */
export async function stopAndWait({ view, stop, phase, hasTelemetry }: StopSteps): Promise<void> {
  const first = view.recent();
  await stop();
  const before = await listed(view);
  // Without telemetry, as while a laptop's GPU is suspended, there is nothing to wait for.
  const cancelled = () => phase() !== 'stopped' || !hasTelemetry();
  const { explain } = await waitUntilFree(view, first, undefined, cancelled);
  if (explain) throw new PanelError('backend_error', combineSentences(explain(before)));
}
