import type { Need } from './need.ts';
import type { PciGpu } from './pci.ts';

/** A GPU that has not suspended after being left alone for this long is kept awake by something else. */
export const LEFT_ALONE_MS = 20_000;

interface Targets {
  /** The PCI bus ids of the GPUs to query; null: all; an empty list: none, they are suspended or should suspend. */
  buses: readonly string[] | null;
  /** Whether this can change by itself: then it must be checked again. */
  mayChange: boolean;
}

/**
 * Decides which GPUs are queried: a query wakes a suspended GPU, and keeps an idle one awake. Suspended GPUs are never
 * queried; while no page is visible, neither are idle ones that may suspend.
 */
export function createTargets(isIdle: (bus: string) => boolean, now: () => number = () => performance.now()) {
  const leftAloneSince = new Map<string, number>();

  const isLeftAlone = ({ bus, maySleep }: PciGpu, need: Need): boolean => {
    if (need !== 'hidden' || !maySleep || !isIdle(bus)) {
      leftAloneSince.delete(bus);
      return false;
    }
    const since = leftAloneSince.get(bus) ?? now();
    leftAloneSince.set(bus, since);
    return now() - since < LEFT_ALONE_MS;
  };
  return (gpus: readonly PciGpu[], need: Need): Targets => {
    const queried = gpus.filter((gpu) => {
      if (!gpu.asleep) return !isLeftAlone(gpu, need);
      // After each resume it is left alone for the full time again.
      leftAloneSince.delete(gpu.bus);
      return false;
    });
    const mayChange = gpus.some((gpu) => gpu.asleep || gpu.maySleep);
    return { buses: queried.length === gpus.length ? null : queried.map((gpu) => gpu.bus), mayChange };
  };
}
