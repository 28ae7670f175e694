import { UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { GpuDevice } from '#contract';
import { duration } from '../../parts/index.ts';

/** The GPU's index and name. With `onToggle` the index is a button that expands or collapses the card. */
export function CardTitle(props: { device: GpuDevice; opened: boolean; onToggle: (() => void) | null }) {
  const { device, opened, onToggle } = props;
  const { t } = useTranslation();
  const title = <h2>GPU {device.index}</h2>;
  const Chevron = opened ? IconChevronDown : IconChevronRight;
  return (
    <>
      {onToggle ? (
        <UnstyledButton className="disclosure" aria-expanded={opened} onClick={onToggle}>
          <Chevron size={14} aria-hidden />
          {title}
        </UnstyledButton>
      ) : (
        title
      )}
      <span className="device">
        <span className="dim cut" title={device.name}>
          {device.name}
        </span>
        {device.migEnabled && <span className="tag">MIG</span>}
        {device.unified && (
          <span className="tag" title={t('gpu.unified.about')}>
            {t('gpu.unified.name')}
          </span>
        )}
      </span>
    </>
  );
}

/** The age of samples that are too old to pass as current. */
export function StaleTag({ ageMs }: { ageMs: number }) {
  const { t } = useTranslation();
  return <span className="tag tight">{t('telemetry.stale', { time: duration(ageMs) })}</span>;
}
