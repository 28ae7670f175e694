import { useTranslation } from 'react-i18next';
import { usePanelState } from '../store.ts';

const named = ['python', 'gpus', 'examining'] as const;

/** What the starting worker does, such as "loading torch"; null until it reports that. */
export function useWorkerStep(): string | null {
  const { t } = useTranslation();
  const step = usePanelState((state) => state.backend.workerStep);
  if (step === null) return null;
  const known = named.find((name) => name === step);
  return known ? t(`backend.step.${known}`) : t('backend.step.module', { module: step });
}
