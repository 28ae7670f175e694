import { type Clearing, PanelError, type Tick } from '#contract';

export interface ClearingSteps {
  latest(): Tick | null;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Is a process of ours still on a GPU? */
  oursOnGpu(): Promise<boolean>;
  tell(clearing: Clearing): void;
}

const PATIENCE_MS = 10_000;
const LOOK_MS = 250;

/** Memory in MiB per GPU uuid; a GPU without a figure is left out. */
const usedMiB = (tick: Tick | null): Record<string, number> =>
  Object.fromEntries(
    (tick?.gpus ?? []).flatMap((gpu) => (gpu.memoryUsedMiB === null ? [] : [[gpu.uuid, gpu.memoryUsedMiB]])),
  );

/** "Clear and restart": over when the GPUs show the memory as free, not when a process has exited. */
export async function clearAndRestart(steps: ClearingSteps): Promise<void> {
  let clearing: Clearing = { active: true, steps: [], beforeMiB: {}, afterMiB: null, problem: null };
  const at = (name: Clearing['steps'][number]['name'], patch: Partial<Clearing> = {}) => {
    clearing = { ...clearing, ...patch, steps: [...clearing.steps, { name, time: Date.now() }] };
    steps.tell(clearing);
  };
  at('measure', { beforeMiB: usedMiB(steps.latest()) });
  at('stop');
  await steps.stop();
  at('wait');
  const problem = await waitUntilBack(steps);
  at('start', { afterMiB: usedMiB(steps.latest()), problem });
  try {
    await steps.start();
    at('done', { active: false });
  } catch (error) {
    const { message } = PanelError.from(error);
    at('done', { active: false, problem: [problem, message].filter(Boolean).join(' ') });
    throw error;
  }
}

/** Waits for a tick that is younger than the end of the last process. */
async function waitUntilBack(steps: ClearingSteps): Promise<string | null> {
  const end = Date.now() + PATIENCE_MS;
  let freeSince: number | null = null;
  while (Date.now() < end) {
    // Where nvidia-smi does not answer, the guardian's word that nothing is left has to do.
    const ours = await steps.oursOnGpu().catch(() => false);
    if (ours) freeSince = null;
    else freeSince ??= Date.now();
    const latest = steps.latest();
    if (freeSince !== null && (latest === null || latest.time > freeSince)) return null;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return 'The memory did not come back within 10 seconds: look at the processes below.';
}
