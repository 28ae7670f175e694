import { Tooltip } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { limitInForce, limitText, type PanelState } from '#contract';
import { usePanelState } from '../store.ts';

const shortTypes: Record<string, string> = { bfloat16: 'bf16', float16: 'fp16', float32: 'fp32' };

/** The settings in force, such as "0.80 · bf16 · cache off"; what is around them is in the tooltip. */
export function InForce() {
  const { t } = useTranslation();
  const running = usePanelState((state) => state.settings.running);
  const limit = usePanelState(limitInForce);
  // A foreign backend may ignore the limit, so the text only says that it was passed on.
  const foreign = usePanelState((state) => state.profiles.chosen !== null);
  const versions = usePanelState((state) => versionsText(state, t));
  if (running === null) return null;
  const facts = [
    limit ? (foreign ? t('backend.limitPassedOn', { limit: limitText(limit) }) : limitText(limit)) : t('frame.noLimit'),
    running.LBS_TORCH_DTYPE && (shortTypes[running.LBS_TORCH_DTYPE] ?? running.LBS_TORCH_DTYPE),
    t(running.LBS_USE_MODEL_CACHE ? 'frame.cacheOn' : 'frame.cacheOff'),
  ];
  return (
    <Tooltip label={versions} disabled={versions === ''}>
      <span className="facts" role="note" aria-label={t('frame.inForce')}>
        {facts.filter(Boolean).join(' · ')}
      </span>
    </Tooltip>
  );
}

function versionsText({ backend, telemetry }: PanelState, t: TFunction): string {
  return [
    backend.torch && `torch ${backend.torch}`,
    backend.cuda && `cuda ${backend.cuda}`,
    telemetry.source === 'emulator' && t('backend.emulated'),
  ]
    .filter(Boolean)
    .join(' · ');
}
