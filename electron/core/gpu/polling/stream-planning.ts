import type { StreamPlan } from '../stream/stream.ts';
import { createNotifier } from '../timing/notifier.ts';
import { createNeed, type Need, type Periods } from './need.ts';
import { nvidiaGpus } from './pci.ts';
import { createTargets } from './target-gpus.ts';

const CHECK_MS = 3_000;

interface PlanningOptions {
  /** The initial need. */
  need: Need;
  periods: Periods;
  /** The folder of the PCI devices; null where no GPU suspends, or with the emulator. */
  pciRoot: string | null;
  /** How soon a GPU that resumes or suspends is noticed, in milliseconds. */
  pciMs?: number | undefined;
  /** Whether no process computes on the GPU at this bus. */
  isIdle(bus: string): boolean;
  /** Called when the plan changes; null: no polling, because of the need or because all GPUs are suspended. */
  onPlan(plan: StreamPlan | null, because: 'off' | 'asleep' | null): void;
}

interface Planning {
  need(need: Need): void;
  now(): Need;
  /** Decides again: the periods have changed. */
  again(): void;
  /** Resolves after the signal. Never rejects. */
  done: Promise<void>;
}

/** Decides how often nvidia-smi polls, by need, and which GPUs, by their power state. */
export function keepPlanning(options: PlanningOptions, signal: AbortSignal): Planning {
  const { periods, pciRoot, pciMs = CHECK_MS, isIdle, onPlan } = options;
  const changed = createNotifier();
  const need = createNeed(options.need, changed.notify);
  const targets = createTargets(isIdle);

  /** Returns the milliseconds until the next check; undefined: until the need changes. */
  const decide = async (): Promise<number | undefined> => {
    const level = need.now();
    if (level === 'off') return void onPlan(null, 'off');
    const { buses, mayChange } = targets(pciRoot ? await nvidiaGpus(pciRoot) : [], level);
    if (signal.aborted) return undefined;
    if (buses?.length === 0) onPlan(null, 'asleep');
    else onPlan({ periodMs: periods[level], buses }, null);
    return mayChange ? pciMs : undefined;
  };
  const keep = async () => {
    while (!signal.aborted) {
      const count = changed.count();
      await changed.after(count, await decide());
    }
    need.stop();
  };
  signal.addEventListener('abort', changed.notify);
  return { need: need.set, now: need.now, again: changed.notify, done: keep() };
}
