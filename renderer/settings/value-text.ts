import { limitText, type SettingName, type Settings } from '#contract';

/** A setting's value as people read it; a limit in the one form that the panel shows. */
export function valueText(
  name: SettingName,
  value: Settings[SettingName] | undefined,
  t: (key: string) => string,
): string {
  if (value === undefined || value === null || value === '') return t('settings.unset');
  if (typeof value === 'boolean') return value ? t('settings.yes') : t('settings.no');
  if (name === 'LBS_GPU_MEMORY_LIMIT') return value === 0 ? t('frame.noLimit') : limitText(value);
  return String(value);
}
