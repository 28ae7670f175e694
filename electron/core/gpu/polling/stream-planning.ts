import type { StreamPlan } from '../stream/stream.ts';
import { createBell } from '../timing/notifier.ts';
import { createNeed, type Need, type Periods } from './need.ts';
import { nvidiaGpus } from './pci.ts';
import { createWhom } from './target-gpus.ts';

/** How soon a GPU that wakes, or falls asleep, is noticed. */
const LOOK_MS = 3_000;

export interface PlanningOptions {
  /** What is needed at first. */
  need: Need;
  periods: Periods;
  /** The folder of the PCI devices; null where no GPU sleeps by itself, or those asked are not the machine's. */
  pciRoot: string | null;
  /** Does nobody compute on the GPU at this bus? */
  isIdle(bus: string): boolean;
  /** Told whenever something else is to be asked; null: nothing, because of the need or of GPUs that sleep. */
  onPlan(plan: StreamPlan | null, because: 'off' | 'asleep' | null): void;
}

export interface Planning {
  need(need: Need): void;
  now(): Need;
  /** Resolves after the signal. Never rejects. */
  gone: Promise<void>;
}

/** Decides what is asked of nvidia-smi: how often, by need, and which GPUs, by who sleeps. */
export function keepPlanning(options: PlanningOptions, signal: AbortSignal): Planning {
  const { periods, pciRoot, isIdle, onPlan } = options;
  const bell = createBell();
  const need = createNeed(options.need, bell.ring);
  const whom = createWhom(isIdle);

  /** Returns the milliseconds until the next look; undefined: until the need changes. */
  const decide = async (): Promise<number | undefined> => {
    const level = need.now();
    if (level === 'off') return void onPlan(null, 'off');
    const { buses, mayChange } = whom(pciRoot ? await nvidiaGpus(pciRoot) : [], level);
    if (signal.aborted) return undefined;
    if (buses?.length === 0) onPlan(null, 'asleep');
    else onPlan({ periodMs: periods[level], buses }, null);
    return mayChange ? LOOK_MS : undefined;
  };
  const keep = async () => {
    while (!signal.aborted) {
      const rings = bell.rings();
      await bell.beyond(rings, await decide());
    }
    need.stop();
  };
  signal.addEventListener('abort', bell.ring);
  return { need: need.set, now: need.now, gone: keep() };
}
