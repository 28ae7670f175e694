import { useTranslation } from 'react-i18next';
import type { Model } from '#contract';
import { usePanelState } from '../store.ts';

/** Why nothing can be run now, as a sentence with the way out; null: it can. */
export function useObstacle(form: { model: Model | null; valid: boolean; hasSubjects: boolean }): string | null {
  const { model, valid, hasSubjects } = form;
  const { t } = useTranslation();
  const phase = usePanelState(({ backend }) => backend.phase);
  // Runs that are submitted while the worker starts are queued; one that failed would refuse them.
  const failed = usePanelState(({ backend }) => backend.worker === 'failed');
  const clearing = usePanelState((state) => state.clearing?.active ?? false);
  if (model === null) return t('run.needs.model');
  if (model.gguf) return t('run.needs.conversion');
  if (!hasSubjects) return t('run.needs.subjects');
  if (!valid) return t('run.needs.fields');
  if (clearing) return t('run.needs.cleared');
  if (phase !== 'ready') return t(`run.needs.${phase === 'starting' || phase === 'stopping' ? phase : 'backend'}`);
  return failed ? t('run.needs.worker') : null;
}
