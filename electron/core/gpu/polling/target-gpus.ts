import type { Need } from './need.ts';
import type { PciGpu } from './pci.ts';

/** A GPU that has not fallen asleep after so long of being left alone does not do so: something else keeps it awake. */
export const LEFT_ALONE_MS = 20_000;

export interface Whom {
  /** The PCI bus ids of the GPUs to ask; null: all of them; an empty list: none, they sleep or are to fall asleep. */
  buses: readonly string[] | null;
  /** Can this change by itself? Then the GPUs are to be looked at again. */
  mayChange: boolean;
}

/**
 * Decides which GPUs are asked: asking wakes one that sleeps, and keeps awake one that would. So those that sleep are
 * left alone always, and while nobody looks also those that may sleep and have nothing to do.
 */
export function createWhom(isIdle: (bus: string) => boolean, now: () => number = () => performance.now()) {
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
  return (gpus: readonly PciGpu[], need: Need): Whom => {
    const asked = gpus.filter((gpu) => {
      if (!gpu.asleep) return !isLeftAlone(gpu, need);
      // Once it has slept, it is left alone as long again after each waking.
      leftAloneSince.delete(gpu.bus);
      return false;
    });
    const mayChange = gpus.some((gpu) => gpu.asleep || gpu.maySleep);
    return { buses: asked.length === gpus.length ? null : asked.map((gpu) => gpu.bus), mayChange };
  };
}
