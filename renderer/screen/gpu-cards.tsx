import { UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GpuDevice, GpuSample } from '#contract';
import { type CardView, judge, limitInForce, othersOn, viewCard } from '../live/headroom.ts';
import { useLatestTick } from '../live/ticks.ts';
import { size, sizeText } from '../live/units.ts';
import { usePanelState } from '../store.ts';
import { CachedModels } from './cached-models.tsx';
import './gpu-cards.css';
import { MemoryBar } from './memory-bar.tsx';
import { TelemetryFault } from './telemetry-fault.tsx';

export function GpuCards() {
  const { t } = useTranslation();
  const { devices, state, source } = usePanelState((panel) => panel.telemetry);
  const tick = useLatestTick();
  return (
    <>
      {source === 'emulator' && (
        <p className="dim small" style={{ margin: 0 }}>
          {t('gpu.emulated')}
        </p>
      )}
      {state === 'failed' && <TelemetryFault />}
      {state === 'starting' && <div className="card dim">{t('gpu.waiting')}</div>}
      {state === 'ok' &&
        devices.map((device) => (
          <GpuCard
            key={device.uuid}
            device={device}
            sample={tick?.gpus.find((gpu) => gpu.uuid === device.uuid)}
            many={devices.length > 1}
          />
        ))}
      {/* The backend tells of a model, not of its share of each card. */}
      {state === 'ok' && devices.length > 1 && <CachedModels />}
    </>
  );
}

function GpuCard({ device, sample, many }: { device: GpuDevice; sample: GpuSample | undefined; many: boolean }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const settings = usePanelState((state) => state.settings);
  const limit = usePanelState(limitInForce);
  const processes = usePanelState((state) => state.telemetry.processes);
  const pending = settings.pending.includes('LBS_GPU_MEMORY_LIMIT') ? settings.desired.LBS_GPU_MEMORY_LIMIT : null;
  const view = sample ? viewCard(sample, limit) : null;
  const whole = !many || opened;
  const names = othersOn(device.uuid, processes);
  const bar = view && sample && (
    <MemoryBar view={view} sample={sample} limit={limit} pending={pending} names={names} compact={!whole} />
  );
  return (
    <section className={whole ? 'card' : 'card compact'} aria-label={`GPU ${device.index}`}>
      <header>
        <Title index={device.index} opened={opened} onToggle={many ? () => setOpened(!opened) : null} />
        <span className="dim cut device">{device.name}</span>
        {whole ? <span className="grow" /> : bar}
        {whole && sample && <span className="dim">{vitals(sample)}</span>}
        {!whole && view && <strong className="left">{sizeText(view.headroom, view.total)}</strong>}
      </header>
      {whole && view && <Answer view={view} pending={pending} names={names} />}
      {whole && bar}
      {!many && <CachedModels />}
      {!view && sample && <p className="error">{t(`gpu.state.${sample.state}`)}</p>}
    </section>
  );
}

/** Among many cards each is one line until its name is pressed. */
function Title({ index, opened, onToggle }: { index: number; opened: boolean; onToggle: (() => void) | null }) {
  const title = <h2>GPU {index}</h2>;
  if (!onToggle) return title;
  const Chevron = opened ? IconChevronDown : IconChevronRight;
  return (
    <UnstyledButton className="opener" aria-expanded={opened} onClick={onToggle}>
      <Chevron size={14} aria-hidden />
      {title}
    </UnstyledButton>
  );
}

function vitals(sample: GpuSample): string {
  const { utilizationGpu, temperature, powerDrawW, powerLimitW } = sample;
  return [
    utilizationGpu !== null && `${utilizationGpu} %`,
    temperature !== null && `${temperature} °C`,
    powerDrawW !== null && `${powerDrawW.toFixed(0)}${powerLimitW === null ? '' : ` / ${powerLimitW.toFixed(0)}`} W`,
  ]
    .filter(Boolean)
    .join('  ');
}

function Answer({ view, pending, names }: { view: CardView; pending: number | null; names: string[] }) {
  const { t } = useTranslation();
  const { text, unit } = size(view.headroom, view.total);
  const words =
    view.budget === null
      ? t('gpu.headroomNoLimit', { total: sizeText(view.total, view.total) })
      : t('gpu.headroom', { budget: sizeText(view.budget, view.total) });
  return (
    <div className="row">
      <span className="answer">{text}</span>
      <span className="dim">
        {unit} {words}
        {view.boundByOthers &&
          view.budget !== null &&
          `, ${names.length > 0 ? t('gpu.boundBy', { names: names.slice(0, 2).join(', ') }) : t('gpu.bound')}`}
      </span>
      <span className="grow" />
      <span className="tag">{t('gpu.measured')}</span>
      {pending !== null && <Pending view={view} limit={pending} />}
    </div>
  );
}

function Pending({ view, limit }: { view: CardView; limit: number }) {
  const { t } = useTranslation();
  const { verdict, left } = judge(view, limit);
  const words = t(`gpu.verdict.${verdict}`, { limit: limit.toFixed(2), left: sizeText(Math.abs(left), view.total) });
  return <span className={`tag ${verdict}`}>{words}</span>;
}
