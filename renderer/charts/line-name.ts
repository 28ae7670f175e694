import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { LineSpec } from './plots.ts';

/** The name of a line: a process's own label, or the translated metric. */
export function useLineName() {
  const { t } = useTranslation();
  return useCallback(({ metric, label }: LineSpec) => label ?? t(`charts.line.${metric}`), [t]);
}
