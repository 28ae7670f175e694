import { say } from '../sentences.ts';
import { atOnce, type GpuRule, type GpuView, gpuName, mib, over, percent } from './gpu-rule.ts';
import { lowest } from './idle.ts';

/** The alert ends at a quarter above the threshold. */
const HEADROOM_MARGIN = 0.25;
/** A share of the limit, or of the card. */
const SHARE_MARGIN = 0.02;
/** A leak ends once half of the threshold is freed. */
const LEAK_MARGIN = 0.5;

/** Half of a small budget, which never has as much headroom as the threshold. */
function threshold({ memory, input }: GpuView): number {
  const room = memory ? (memory.budget ?? memory.total) : Number.POSITIVE_INFINITY;
  return Math.min(input.settings.headroom.belowMiB, room / 2);
}

export const headroom: GpuRule = {
  kind: 'headroom',
  raiseMs: atOnce,
  endMs: 0,
  judge(view) {
    const left = view.memory?.headroom ?? null;
    const below = threshold(view);
    return left === null ? 'unknown' : over(-left, -below, -below * (1 + HEADROOM_MARGIN));
  },
  text(view) {
    const { sample, memory } = view;
    const left = mib(memory?.headroom ?? 0);
    const below = mib(threshold(view));
    const byCard = memory !== null && (memory.budget === null || memory.free < memory.budget - (memory.ours ?? 0));
    const about = { gpu: gpuName(sample.index), headroomMiB: left, belowMiB: below };
    return {
      level: 'warning',
      sentence: byCard ? say('headroomByCard', about) : say('headroomByLimit', about),
      values: { gpu: sample.index, headroomMiB: left, belowMiB: below, bound: byCard ? 'card' : 'limit' },
    };
  },
};

export const limit: GpuRule = {
  kind: 'limit',
  raiseMs: atOnce,
  endMs: 0,
  judge({ memory, input }) {
    // Without a limit nothing can be over it.
    if (input.limit === 0) return 'good';
    if (!memory?.budget || memory.ours === null) return 'unknown';
    const share = memory.ours / memory.budget;
    return over(share, input.settings.limit.over, input.settings.limit.over - SHARE_MARGIN);
  },
  text({ sample, memory, input }) {
    const ours = memory?.ours ?? 0;
    const budget = memory?.budget ?? 0;
    const values = { oursMiB: mib(ours), budgetMiB: mib(budget), percent: percent(ours / budget) };
    const overPercent = percent(input.settings.limit.over);
    return {
      level: 'warning',
      sentence: say('limit', { gpu: gpuName(sample.index), ...values, overPercent }),
      values: { gpu: sample.index, ...values, overPercent },
    };
  },
};

export const card: GpuRule = {
  kind: 'card',
  raiseMs: atOnce,
  endMs: 0,
  judge({ memory, input }) {
    if (memory === null) return 'unknown';
    const share = 1 - memory.free / memory.total;
    return over(share, input.settings.card.over, input.settings.card.over - SHARE_MARGIN);
  },
  text({ sample, memory, input }) {
    // Memory that the driver reserves is in use too.
    const total = memory?.total ?? 0;
    const taken = total - (memory?.free ?? 0);
    const values = { takenMiB: mib(taken), totalMiB: mib(total), percent: percent(taken / total) };
    const overPercent = percent(input.settings.card.over);
    return {
      level: 'warning',
      sentence: say('card', { gpu: gpuName(sample.index), ...values, overPercent }),
      values: { gpu: sample.index, ...values, overPercent },
    };
  },
};

const leakFrom = ({ now: { idle } }: GpuView): number | null => idle && lowest(idle);

export const leak: GpuRule = {
  kind: 'leak',
  raiseMs: atOnce,
  endMs: 0,
  judge(view, active) {
    // A run in progress may need the memory.
    if (view.now.idle === null) return 'good';
    const ours = view.memory?.ours ?? null;
    const { growsMiB } = view.input.settings.leak;
    // Compared with the start of the leak, not with the window's minimum: leaked memory stays leaked.
    if (active) return over(ours, Number.POSITIVE_INFINITY, Number(active.values.fromMiB) + growsMiB * LEAK_MARGIN);
    const from = leakFrom(view);
    return ours === null || from === null ? 'unknown' : over(ours - from, growsMiB, growsMiB);
  },
  text(view) {
    const { sample, memory, input } = view;
    const from = leakFrom(view) ?? 0;
    const ours = memory?.ours ?? 0;
    const values = { grownMiB: mib(ours - from), fromMiB: mib(from), oursMiB: mib(ours) };
    const { growsMiB, minutes } = input.settings.leak;
    return {
      level: 'warning',
      sentence: say('leak', {
        gpu: gpuName(sample.index),
        grownMiB: values.grownMiB,
        oursMiB: values.oursMiB,
        growsMiB,
        minutes,
      }),
      values: { gpu: sample.index, ...values, growsMiB, minutes },
    };
  },
};
