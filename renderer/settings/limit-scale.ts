import { budgetMiB, type Limit, type LimitForm, limitForm } from '#contract';

const GIB = 1_024;
/** Below this, a step of a quarter of a GiB would be too coarse. */
const SMALL_CARD = 8 * GIB;
/** Beyond this share of a card, what to keep free is typed. */
const MOST_KEPT_FREE = 0.5;
const PERCENTS = [50, 60, 70, 80, 100];

/** The slider of a limit in one form. 0 is no limit in each of them. */
export interface LimitScale {
  max: number;
  step: number;
  /** From the left, without 0. */
  marks: { value: number; label: string }[];
  positionOf(limit: Limit): number;
  limitAt(position: number): Limit;
}

/** `largestMiB`: of the largest GPU. */
export function scaleOf(form: LimitForm, largestMiB: number): LimitScale {
  if (form === 'fraction') {
    const share = (limit: Limit) => (budgetMiB(limit, largestMiB || 1) ?? 0) / (largestMiB || 1);
    return {
      max: 1,
      step: 0.01,
      marks: PERCENTS.map((percent) => ({ value: percent / 100, label: String(percent) })),
      positionOf: (limit) => share(limit),
      limitAt: (position) => position,
    };
  }
  const small = largestMiB < SMALL_CARD;
  const [unit, unitMiB, step] = small ? (['MiB', 1, 16] as const) : (['GiB', GIB, 0.25] as const);
  const sign = form === 'remainder' ? '-' : '';
  const range = form === 'remainder' ? MOST_KEPT_FREE * largestMiB : largestMiB;
  const max = Math.ceil(range / unitMiB / step) * step;
  const markAt = (share: number) => (share === 1 ? max : Math.round(max * share));
  return {
    max,
    step,
    marks: [0.25, 0.5, 0.75, 1].map((share) => ({
      value: markAt(share),
      label: String(Math.round(max * share)),
    })),
    positionOf(limit) {
      const budget = budgetMiB(limit, largestMiB);
      if (budget === null) return 0;
      return Math.min(max, (form === 'remainder' ? largestMiB - budget : budget) / unitMiB);
    },
    limitAt: (position) => (position === 0 ? 0 : `${sign}${position}${unit}`),
  };
}

/** A limit in another form: the next step that gives the largest GPU no more than before. */
export function inForm(limit: Limit, form: LimitForm, largestMiB: number): Limit {
  const budget = budgetMiB(limit, largestMiB);
  if (budget === null || limitForm(limit) === form) return limit;
  if (form === 'fraction') return Math.max(1, Math.floor((100 * budget) / largestMiB + 1e-9)) / 100;
  const { step, limitAt } = scaleOf(form, largestMiB);
  const unitMiB = largestMiB < SMALL_CARD ? 1 : GIB;
  const steps =
    form === 'size'
      ? Math.floor(budget / unitMiB / step)
      : Math.min(Math.ceil((largestMiB - budget) / unitMiB / step), Math.floor(largestMiB / unitMiB / step) - 1);
  return limitAt(Math.max(1, steps) * step);
}
