import { UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconMoon } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type GpuDevice, type GpuSample, limitInForce, viewCard } from '#contract';
import { duration, sizeText, Trouble } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { Answer } from './answer.tsx';
import { CachedModels } from './cached-models.tsx';
import { xidsOf } from './gpu-warnings.ts';
import { othersOn } from './headroom.ts';
import { MemoryBar } from './memory-bar.tsx';
import { Mig } from './mig.tsx';
import { missingIn } from './vital-signs.ts';
import { Vitals } from './vitals.tsx';
import { WarningSign, Warnings } from './warnings.tsx';
import { Xids } from './xids.tsx';

/** One GPU: its memory explained and how it is. Among many it is one line until its name is pressed. */
export function GpuCard(props: {
  device: GpuDevice;
  /** Of the last tick; undefined where that did not tell of this GPU. */
  sample: GpuSample | undefined;
  many: boolean;
  /** How old the last figures are, in milliseconds, where that is too old; see staleFor. */
  stale: number | null;
}) {
  const { device, sample, many, stale } = props;
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const limit = usePanelState(limitInForce);
  const pending = usePanelState(pendingLimit);
  const processes = usePanelState((state) => state.telemetry.processes);
  const xids = xidsOf(
    device,
    usePanelState((state) => state.telemetry.xids),
  );
  const view = sample ? viewCard(sample, limit) : null;
  const whole = !many || opened;
  const names = othersOn(device.uuid, processes);
  const mig = device.migEnabled === true;
  const bar = view && sample && (
    <MemoryBar view={view} sample={sample} limit={limit} pending={pending} names={names} compact={!whole} />
  );
  const frame = { device, opened, stale, onToggle: many ? () => setOpened(!opened) : null };
  if (!whole)
    return (
      <Frame
        {...frame}
        compact
        aside={sample ? <Line sample={sample} mig={mig} bar={bar} /> : device.asleep && <Asleep />}
      >
        {sample && <WarningSign sample={sample} xids={xids} />}
        {stale !== null && <Stale age={stale} />}
        {view && <strong className="left">{sizeText(view.headroom, view.total)}</strong>}
      </Frame>
    );
  return (
    <Frame
      {...frame}
      compact={false}
      aside={sample?.state === 'ok' && <Vitals sample={sample} mig={mig} compact={false} />}
    >
      {view && <Answer view={view} pending={pending} names={names} stale={stale} />}
      {bar}
      {!view &&
        (device.asleep ? (
          <Trouble {...asleepIn(t)} calm icon={IconMoon} />
        ) : (
          <NoFigures sample={sample} stale={stale} />
        ))}
      {sample && <Warnings sample={sample} />}
      <Xids xids={xids} />
      {mig && <Mig uuid={device.uuid} />}
      {!many && <CachedModels />}
    </Frame>
  );
}

const asleepIn = (t: TFunction) => ({
  title: t('telemetry.asleep.title'),
  cause: t('telemetry.asleep.cause'),
  remedy: t('telemetry.asleep.remedy'),
});

/** Its line among many, of which others are awake. */
function Asleep() {
  const { t } = useTranslation();
  const { title, cause } = asleepIn(t);
  return (
    <>
      <span className="tag">{title}</span>
      <span className="cut dim grow">{cause}</span>
    </>
  );
}

const pendingLimit = ({ settings }: Parameters<typeof limitInForce>[0]) =>
  settings.pending.includes('LBS_GPU_MEMORY_LIMIT') ? settings.desired.LBS_GPU_MEMORY_LIMIT : null;

/** The card around: its name on the left, and in one line or above the rest what is `aside`. */
function Frame(props: {
  device: GpuDevice;
  opened: boolean;
  compact: boolean;
  stale: number | null;
  onToggle: (() => void) | null;
  aside: ReactNode;
  children: ReactNode;
}) {
  const { device, opened, compact, stale, onToggle, aside, children } = props;
  const classes = ['card', compact && 'compact', stale !== null && 'stale'];
  return (
    <section className={classes.filter(Boolean).join(' ')} aria-label={`GPU ${device.index}`}>
      <header>
        <Title index={device.index} opened={opened} onToggle={onToggle} />
        <span className="device">
          <span className="dim cut" title={device.name}>
            {device.name}
          </span>
          {device.migEnabled && <span className="tag">MIG</span>}
        </span>
        {!compact && <span className="grow" />}
        {aside}
        {compact && children}
      </header>
      {!compact && children}
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

/** The middle of the line: the bar and two figures, or in a word what is wrong. */
function Line({ sample, mig, bar }: { sample: GpuSample; mig: boolean; bar: ReactNode }) {
  const { t } = useTranslation();
  if (sample.state !== 'ok')
    return (
      <>
        <span className="tag over">{t(`gpu.state.${sample.state}.title`)}</span>
        <span className="cut dim grow">{t(`gpu.state.${sample.state}.remedy`)}</span>
      </>
    );
  return (
    <>
      {bar ?? <span className="grow" />}
      <Vitals sample={sample} mig={mig} compact />
    </>
  );
}

function Stale({ age }: { age: number }) {
  const { t } = useTranslation();
  return <span className="tag tight">{t('telemetry.stale', { time: duration(age) })}</span>;
}

/** In the bar's place, where this GPU tells nothing of its memory: never an empty bar, which would be a free card. */
function NoFigures({ sample, stale }: { sample: GpuSample | undefined; stale: number | null }) {
  const { t } = useTranslation();
  if (!sample) return <p className="dim">{t('telemetry.noSample')}</p>;
  const { state } = sample;
  const reason =
    missingIn(sample, sample.memoryUsedMiB === null ? 'memoryUsedMiB' : 'memoryTotalMiB', false) ?? 'untold';
  const cause =
    state === 'ok'
      ? t('gpu.state.ok.cause', { reason: t(`telemetry.missing.${reason}`) })
      : t(`gpu.state.${state}.cause`);
  return (
    <Trouble
      title={t(`gpu.state.${state}.title`)}
      cause={cause}
      remedy={t(`gpu.state.${state}.remedy`)}
      calm={state === 'ok'}
    >
      {stale !== null && <Stale age={stale} />}
    </Trouble>
  );
}
