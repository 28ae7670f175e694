import { atOnce, type GpuRule, type GpuView, mib, over, percent } from './gpu-rule.ts';
import { lowest } from './idle.ts';

/** Of the threshold: an alert ends where a quarter more than it is left. */
const HEADROOM_MARGIN = 0.25;
/** Of the limit, or of the card. */
const SHARE_MARGIN = 0.02;
/** Of the growth that raises: a leak is over once half of that is given back. */
const LEAK_MARGIN = 0.5;

/** A small budget never has so much left: there, half of it is asked for. */
function wanted({ memory, input }: GpuView): number {
  const room = memory ? (memory.budget ?? memory.total) : Number.POSITIVE_INFINITY;
  return Math.min(input.settings.headroom.belowMiB, room / 2);
}

export const headroom: GpuRule = {
  kind: 'headroom',
  raiseMs: atOnce,
  endMs: 0,
  judge(view) {
    const left = view.memory?.headroom ?? null;
    const below = wanted(view);
    return left === null ? 'unknown' : over(-left, -below, -below * (1 + HEADROOM_MARGIN));
  },
  tell(view) {
    const { sample, memory } = view;
    const left = mib(memory?.headroom ?? 0);
    const below = mib(wanted(view));
    const byCard = memory !== null && (memory.budget === null || memory.free < memory.budget - (memory.ours ?? 0));
    const advice = byCard
      ? 'The card is what bounds it: end what else holds its memory, or choose a smaller run.'
      : 'The limit is what bounds it: raise the limit, or choose a smaller context, batch or model.';
    return {
      level: 'warning',
      message: `GPU ${sample.index}: ${left} MiB of headroom is left (under ${below} MiB). ${advice}`,
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
    if (input.limit <= 0) return 'good';
    if (memory?.budget == null || memory.ours === null) return 'unknown';
    const share = memory.ours / memory.budget;
    return over(share, input.settings.limit.over, input.settings.limit.over - SHARE_MARGIN);
  },
  tell({ sample, memory, input }) {
    const ours = memory?.ours ?? 0;
    const budget = memory?.budget ?? 0;
    const values = { oursMiB: mib(ours), budgetMiB: mib(budget), percent: percent(ours / budget) };
    const overPercent = percent(input.settings.limit.over);
    return {
      level: 'warning',
      message: `GPU ${sample.index}: our share is ${values.oursMiB} MiB, ${values.percent} % of the ${values.budgetMiB} MiB that the limit allows (over ${overPercent} %). Raise the limit, or choose a smaller context, batch or model.`,
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
  tell({ sample, memory, input }) {
    // The driver's part counts: nobody can have it.
    const total = memory?.total ?? 0;
    const taken = total - (memory?.free ?? 0);
    const values = { takenMiB: mib(taken), totalMiB: mib(total), percent: percent(taken / total) };
    const overPercent = percent(input.settings.card.over);
    return {
      level: 'warning',
      message: `GPU ${sample.index}: ${values.takenMiB} of ${values.totalMiB} MiB are taken, ${values.percent} % of the card (over ${overPercent} %). The list of processes says by whom: end what is not needed.`,
      values: { gpu: sample.index, ...values, overPercent },
    };
  },
};

const leakFrom = ({ now: { idle } }: GpuView): number | null => idle && lowest(idle);

export const leak: GpuRule = {
  kind: 'leak',
  raiseMs: atOnce,
  endMs: 0,
  judge(view, lasting) {
    // What runs now may need it; whether it was a leak cannot be told any more.
    if (view.now.idle === null) return 'good';
    const ours = view.memory?.ours ?? null;
    const { growsMiB } = view.input.settings.leak;
    // Against where it began, not the window's lowest: memory that stays leaked is leaked.
    if (lasting) return over(ours, Number.POSITIVE_INFINITY, Number(lasting.values.fromMiB) + growsMiB * LEAK_MARGIN);
    const from = leakFrom(view);
    return ours === null || from === null ? 'unknown' : over(ours - from, growsMiB, growsMiB);
  },
  tell(view) {
    const { sample, memory, input } = view;
    const from = leakFrom(view) ?? 0;
    const ours = memory?.ours ?? 0;
    const values = { grownMiB: mib(ours - from), fromMiB: mib(from), oursMiB: mib(ours) };
    const { growsMiB, minutes } = input.settings.leak;
    return {
      level: 'warning',
      message: `GPU ${sample.index}: our share has grown by ${values.grownMiB} MiB to ${values.oursMiB} MiB while nothing runs (more than ${growsMiB} MiB within ${minutes} min). Clear and restart the backend to have the memory back.`,
      values: { gpu: sample.index, ...values, growsMiB, minutes },
    };
  },
};
