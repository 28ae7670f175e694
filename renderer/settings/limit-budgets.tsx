import { useTranslation } from 'react-i18next';
import { budgetMiB, type Limit } from '#contract';
import { sizeText } from '../parts/index.ts';
import { usePanelState } from '../store.ts';

const MIB = 2 ** 20;

export interface CardTotal {
  index: number;
  totalMiB: number;
}

/** The GPUs that the backend uses, or those of this machine while it reports none. */
export function useCardTotals(): CardTotal[] {
  const limits = usePanelState((state) => state.backend.limits);
  const devices = usePanelState((state) => state.telemetry.devices);
  if (limits.length > 0) return limits.map(({ index, total }) => ({ index, totalMiB: total / MIB }));
  return devices.flatMap(({ index, memoryTotalMiB }) =>
    memoryTotalMiB === null ? [] : [{ index, totalMiB: memoryTotalMiB }],
  );
}

/** Whether a limit leaves nothing of one of the GPUs, so that no backend starts under it. */
export const leavesNothing = (limit: Limit, cards: readonly CardTotal[]) =>
  cards.some(({ totalMiB }) => budgetMiB(limit, totalMiB) === 0);

/** What a limit gives of each GPU, one line for all GPUs of a size; an error where it leaves nothing of one. */
export function LimitBudgets({ limit, cards }: { limit: Limit; cards: CardTotal[] }) {
  const { t } = useTranslation();
  const sizes = [...new Set(cards.map(({ totalMiB }) => totalMiB))];
  const lines = sizes.map((totalMiB) => {
    const budget = budgetMiB(limit, totalMiB);
    const same = cards.filter((card) => card.totalMiB === totalMiB);
    const gpus = same.map(({ index }) => index).join(', ');
    const total = sizeText(totalMiB, totalMiB);
    if (budget === 0) return { gpus, error: t('settings.limitLeavesNothing', { gpus, total }) };
    const values = { gpus, total, budget: budget === null ? null : sizeText(budget, totalMiB) };
    const key = budget === null ? 'settings.noBudget' : 'settings.budget';
    const text = t(key, values);
    return { gpus, text: sizes.length > 1 ? t('settings.onGpus', { gpus, text }) : text };
  });
  return lines.map(({ gpus, error, text }) => (
    <div key={gpus} className={error ? 'error small' : 'dim small'}>
      {error ?? text}
    </div>
  ));
}
