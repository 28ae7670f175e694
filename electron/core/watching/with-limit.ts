import { budgetMiB, limitInForce, type PanelState, type Tick } from '#contract';

/** Each sample with the limit in force: none before the backend reports its settings. */
export function withLimit(tick: Tick, state: Pick<PanelState, 'backend' | 'settings'>): Tick {
  const limit = state.settings.running ? limitInForce(state) : 0;
  if (limit === 0) return tick;
  const gpus = tick.gpus.map((gpu) => {
    const budget = gpu.memoryTotalMiB === null ? null : budgetMiB(limit, gpu.memoryTotalMiB);
    return budget === null ? gpu : { ...gpu, limitMiB: Math.round(budget) };
  });
  return { ...tick, gpus };
}
