import { UnstyledButton } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { GpuDevice } from '#contract';
import { duration } from '../../parts/index.ts';

/** The GPU's index and name. With `onClose` the index is a button that collapses the card. */
export function CardTitle({ device, onClose }: { device: GpuDevice; onClose: (() => void) | null }) {
  const title = <h2>GPU {device.index}</h2>;
  return (
    <>
      {onClose ? (
        <UnstyledButton className="disclosure" aria-expanded onClick={onClose}>
          <IconChevronDown size={14} aria-hidden />
          {title}
        </UnstyledButton>
      ) : (
        title
      )}
      <span className="device">
        <span className="dim cut" title={device.name}>
          {device.name}
        </span>
        <DeviceTags device={device} />
      </span>
    </>
  );
}

/** MIG mode and unified memory. */
export function DeviceTags({ device }: { device: GpuDevice }) {
  const { t } = useTranslation();
  return (
    <>
      {device.migEnabled && <span className="tag">MIG</span>}
      {device.unified && (
        <span className="tag" title={t('gpu.unified.about')}>
          {t('gpu.unified.name')}
        </span>
      )}
    </>
  );
}

/** The age of samples that are too old to pass as current. */
export function StaleTag({ ageMs }: { ageMs: number }) {
  const { t } = useTranslation();
  return <span className="tag tight">{t('telemetry.stale', { time: duration(ageMs) })}</span>;
}
