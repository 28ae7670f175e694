import { notifications } from '@mantine/notifications';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Applied, Settings } from '#contract';
import { sizeText, useDecision } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { effectiveValue } from './effective-settings.ts';
import { aboutToBeReplaced, useFormer } from './former.ts';
import { leavesNothing, useCardTotals } from './limit-budgets.tsx';

/**
 * Applies the pending settings. While a run is in progress, `dialog` asks when the backend should restart; `onApplied` gets
 * null where that waits for the run. `obstacle`: why they cannot be applied.
 */
export function useApply(onApplied?: (applied: Applied | null) => void) {
  const { t } = useTranslation();
  const limit = usePanelState(({ settings }) => effectiveValue(settings, 'LBS_GPU_MEMORY_LIMIT'));
  const phase = usePanelState(({ backend }) => backend.phase);
  const clearing = usePanelState((state) => state.clearing?.active ?? false);
  const isPending = usePanelState(({ settings }) => settings.pending.length > 0);
  const cards = useCardTotals();
  const replaced = useRef<Partial<Settings> | null>(null);
  const decision = useDecision('settings.apply', 'apply', (applied) => {
    useFormer.setState({ former: replaced.current });
    if (applied) notifyOfDifferences(applied, t);
    onApplied?.(applied);
  });
  const inTransition = phase === 'starting' || phase === 'stopping';
  const emptied = cards.find((card) => leavesNothing(limit, [card]));
  const values = emptied && { gpus: emptied.index, total: sizeText(emptied.totalMiB, emptied.totalMiB) };
  const obstacle = isPending && values ? t('settings.limitLeavesNothing', values) : null;
  const upToDate = phase === 'ready' && !isPending;
  const run = () => {
    replaced.current = aboutToBeReplaced();
    return decision.run();
  };
  return { ...decision, run, obstacle, disabled: upToDate || clearing || inTransition || obstacle !== null };
}

type Translate = ReturnType<typeof useTranslation>['t'];

/** Reports each setting that the backend runs with a value other than the one that was applied. */
function notifyOfDifferences({ differing }: Applied, t: Translate): void {
  for (const { name, asked, inForce, because } of differing)
    notifications.show({
      color: 'yellow',
      autoClose: 10_000,
      closeButtonProps: { 'aria-label': t('notices.dismiss') },
      message: t(`settings.differs.${because}`, { name, asked: String(asked), inForce: String(inForce) }),
    });
}
