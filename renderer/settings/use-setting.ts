import { useTranslation } from 'react-i18next';
import type { SettingName, Settings } from '#contract';
import { usePanelState } from '../store.ts';
import { overrideValue } from './effective-settings.ts';

/** A variable of the panel's own environment overrides the setting: the control is then disabled and shows its value. */
export function useSetting<N extends SettingName>(name: N): { value: Settings[N]; override: string | null } {
  const { t } = useTranslation();
  const chosen = usePanelState((state) => state.settings.desired[name]);
  const text = usePanelState((state) => state.settings.overrides[name]);
  if (text === undefined) return { value: chosen, override: null };
  return { value: overrideValue(name, text) ?? chosen, override: t('settings.overridden', { value: text }) };
}
