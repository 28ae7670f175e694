import { type Clearing, type GpuSample, PanelError, type Tick } from '#contract';

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

/** Memory in MiB per GPU uuid. */
type PerGpu = Record<string, number>;

/** One figure of each GPU; a GPU without it is left out. */
const perGpu = (tick: Tick | null, figure: (gpu: GpuSample) => number | null): PerGpu =>
  Object.fromEntries(
    (tick?.gpus ?? []).flatMap((gpu) => {
      const value = figure(gpu);
      return value === null ? [] : [[gpu.uuid, value]];
    }),
  );
const usedMiB = (tick: Tick | null) => perGpu(tick, (gpu) => gpu.memoryUsedMiB);

/** What others hold, and so what may still be used when ours has come back; they may have grown by a hair meanwhile. */
const othersMiB = (tick: Tick | null) =>
  perGpu(tick, ({ memoryUsedMiB: used, memoryTotalMiB: total, ours }) =>
    used === null ? null : used - (ours?.usedMiB ?? 0) + Math.max(2, (total ?? 0) / 100),
  );

/** "Clear and restart": over when the GPUs show the memory as free, not when a process has exited. */
export async function clearAndRestart(steps: ClearingSteps, patienceMs = PATIENCE_MS): Promise<void> {
  let clearing: Clearing = { active: true, steps: [], beforeMiB: {}, afterMiB: null, problem: null };
  const at = (name: Clearing['steps'][number]['name'], patch: Partial<Clearing> = {}) => {
    clearing = { ...clearing, ...patch, steps: [...clearing.steps, { name, time: Date.now() }] };
    steps.tell(clearing);
  };
  const before = steps.latest();
  at('measure', { beforeMiB: usedMiB(before) });
  try {
    at('stop');
    await steps.stop();
    at('wait');
    const problem = await waitUntilBack(steps, othersMiB(before), patienceMs);
    at('start', { afterMiB: usedMiB(steps.latest()), problem });
    await steps.start();
    at('done', { active: false });
  } catch (error) {
    const { message } = PanelError.from(error);
    at('done', { active: false, problem: [clearing.problem, message].filter(Boolean).join(' ') });
    throw error;
  }
}

/** Waits for a tick that is younger than the end of our last process and shows what only others hold. */
async function waitUntilBack(steps: ClearingSteps, expected: PerGpu, patienceMs: number): Promise<string | null> {
  const end = Date.now() + patienceMs;
  let freeSince: number | null = null;
  while (Date.now() < end) {
    // Where nvidia-smi does not answer, the guardian's word that nothing is left has to do.
    const ours = await steps.oursOnGpu().catch(() => false);
    if (ours) freeSince = null;
    else freeSince ??= Date.now();
    const latest = steps.latest();
    if (freeSince !== null && (latest === null || (latest.time > freeSince && isBack(latest, expected)))) return null;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return `The memory did not come back within ${patienceMs / 1000} seconds: see which processes hold it.`;
}

const isBack = (tick: Tick, expected: PerGpu) =>
  Object.entries(usedMiB(tick)).every(([uuid, used]) => used <= (expected[uuid] ?? Number.POSITIVE_INFINITY));
