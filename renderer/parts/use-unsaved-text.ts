import { useTranslation } from 'react-i18next';
import { usePanelState } from '../store.ts';

/** Names what is only in the server's RAM, for the question before the server stops; null if everything is saved. */
export function useUnsavedText(): string | null {
  const { t } = useTranslation();
  const items = usePanelState(({ backend }) => backend.storage?.unsaved_items ?? 0);
  const results = usePanelState(({ backend }) => backend.storage?.unsaved_results ?? 0);
  const parts = [
    ...(items > 0 ? [t('storage.items', { count: items })] : []),
    ...(results > 0 ? [t('storage.results', { count: results })] : []),
  ];
  return parts.length === 0 ? null : t('storage.lost', { what: parts.join(t('storage.and')) });
}
