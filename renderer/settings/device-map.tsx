import { NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Settings } from '#contract';
import { usePanelState } from '../store.ts';
import { torchDevices } from './torch-devices.ts';
import { useSetting } from './use-setting.ts';

/** Offers the devices that exist; one that is set and does not exist stays visible, with a warning. */
export function DeviceMap({ onSet }: { onSet: (values: Partial<Settings>) => Promise<unknown> }) {
  const { t } = useTranslation();
  const { value, override } = useSetting('LBS_LOCAL_DEVICE_MAP');
  const found = usePanelState((state) => torchDevices(state).join(','));
  const devices = ['auto', 'cpu', ...found.split(',').filter(Boolean)];
  const isMissing = !devices.includes(value);
  return (
    <NativeSelect
      className="grow"
      size="xs"
      label={t('settings.deviceMap')}
      data={isMissing ? [...devices, value] : devices}
      value={value}
      disabled={override !== null}
      description={override}
      error={isMissing ? t('settings.deviceMissing', { device: value }) : null}
      onChange={(event) => onSet({ LBS_LOCAL_DEVICE_MAP: event.currentTarget.value })}
    />
  );
}
