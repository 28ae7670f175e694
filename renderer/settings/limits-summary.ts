import type { TFunction } from 'i18next';
import { limitText, type SettingsState } from '#contract';
import { effectiveValue } from './effective-settings.ts';

const shortTypes: Record<string, string> = { bfloat16: 'bf16', float16: 'fp16', float32: 'fp32' };

/** "0.80 · bf16 · cache off · memory management on": the settings of the next start. */
export function limitsSummary(settings: SettingsState, t: TFunction): string {
  const limit = effectiveValue(settings, 'LBS_GPU_MEMORY_LIMIT');
  const dtype = effectiveValue(settings, 'LBS_TORCH_DTYPE');
  const device = effectiveValue(settings, 'LBS_LOCAL_DEVICE_MAP');
  return [
    limit === 0 ? t('frame.noLimit') : limitText(limit),
    dtype === null ? t('settings.dtypeUnsetShort') : (shortTypes[dtype] ?? dtype),
    device !== 'auto' && device,
    t(effectiveValue(settings, 'LBS_USE_MODEL_CACHE') ? 'frame.cacheOn' : 'frame.cacheOff'),
    t(effectiveValue(settings, 'LBS_ENABLE_MEMORY_MANAGEMENT') ? 'settings.managementOn' : 'settings.managementOff'),
  ]
    .filter(Boolean)
    .join(' · ');
}
