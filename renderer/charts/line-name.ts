import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { LineSpec } from './plots.ts';

/** What a line is called: a process by its own name, a series in our words. */
export function useLineName() {
  const { t } = useTranslation();
  return useCallback(({ name, said }: LineSpec) => said ?? t(`charts.line.${name}`), [t]);
}
