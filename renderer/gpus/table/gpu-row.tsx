import { UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { GpuDevice, GpuProcess, GpuSample } from '#contract';
import { size, sizeText } from '../../parts/index.ts';
import { executableName } from '../../processes/index.ts';
import { DeviceTags } from '../card/card-title.tsx';
import { GpuCard } from '../card/gpu-card.tsx';
import { largestOn } from '../card/headroom.ts';
import { Bar } from '../card/memory-bar.tsx';
import { type Gpu, useGpu } from '../use-gpu.ts';
import { missingMemory, type Vital, vitalsOf } from '../vitals/vital-signs.ts';
import { titleOf, VitalText } from '../vitals/vitals.tsx';
import { WarningSign } from '../vitals/warnings.tsx';
import { COLUMN_COUNT } from './columns.ts';
import { shortName } from './summary.ts';

interface GpuRowProps {
  device: GpuDevice;
  opened: boolean;
  staleMs: number | null;
  onToggle(index: number): void;
}

/** One GPU as a row of the table, with its card below while it is open. */
export const GpuRow = memo(function GpuRow({ device, opened, staleMs, onToggle }: GpuRowProps) {
  const Chevron = opened ? IconChevronDown : IconChevronRight;
  return (
    <>
      <tr className={opened ? 'opened' : undefined}>
        <th scope="row" className="gpu">
          <UnstyledButton className="disclosure" aria-expanded={opened} onClick={() => onToggle(device.index)}>
            <Chevron size={14} aria-hidden />
            <span className="visually-hidden">GPU </span>
            {device.index}
          </UnstyledButton>
        </th>
        <td className="name">
          <div className="row-name">
            <span className="cut" title={device.name}>
              {shortName(device.name)}
            </span>
            <DeviceTags device={device} />
          </div>
        </td>
        <Values device={device} />
      </tr>
      {opened && (
        <tr className="opened-card">
          <td colSpan={COLUMN_COUNT}>
            <GpuCard device={device} only={false} staleMs={staleMs} onClose={null} />
          </td>
        </tr>
      )}
    </>
  );
});

/** What each tick changes. */
function Values({ device }: { device: GpuDevice }) {
  const gpu = useGpu(device);
  const { sample, xids } = gpu;
  return (
    <>
      {sample?.state === 'ok' ? <Measured gpu={gpu} sample={sample} /> : <Unmeasured gpu={gpu} />}
      <td className="sign">{sample && <WarningSign sample={sample} xids={xids} />}</td>
    </>
  );
}

function Measured({ gpu, sample }: { gpu: Gpu; sample: GpuSample }) {
  const { view, device } = gpu;
  const ours = sample.ours?.usedMiB ?? 0;
  const vitals = vitalsOf(sample, device.migEnabled === true);
  const vital = (wanted: Vital['name']) => {
    const found = vitals.find(({ name }) => name === wanted);
    return found && <VitalCell {...found} />;
  };
  return (
    <>
      <td className="memory">
        {view ? (
          <>
            <Usage
              used={sizeText(view.ours + view.others, view.total)}
              total={sizeText(view.total, view.total)}
              budget={view.budget === null ? null : sizeText(view.budget, view.total)}
            />
            <Bar gpu={gpu} view={view} sample={sample} />
          </>
        ) : (
          <NoMemoryUsage sample={sample} />
        )}
      </td>
      <td className="headroom-left">{view ? sizeText(view.headroom, view.total) : '–'}</td>
      <td className="ours">{ours > 0 && view ? size(ours, view.total).text : '–'}</td>
      <LargestProcess process={largestOn(device.uuid, gpu.processes)} />
      {vital('utilizationGpu')}
      {vital('temperature')}
    </>
  );
}

/** The bar in words. */
const Usage = memo(function Usage({ used, total, budget }: { used: string; total: string; budget: string | null }) {
  const { t } = useTranslation();
  const key = budget === null ? 'gpu.table.usageNoLimit' : 'gpu.table.usage';
  return <span className="visually-hidden">{t(key, { used, total, budget })}</span>;
});

/** In place of the bar: an empty one would look like a free GPU. */
function NoMemoryUsage({ sample }: { sample: GpuSample }) {
  const { t } = useTranslation();
  const cause = t('gpu.state.ok.cause', { reason: t(`telemetry.missing.${missingMemory(sample)}`) });
  return (
    <div className="cut dim" title={cause}>
      {t('gpu.state.ok.title')}
    </div>
  );
}

/** The GPU's error state, or that it sleeps, in place of its values. */
function Unmeasured({ gpu: { device, sample } }: { gpu: Gpu }) {
  const { t } = useTranslation();
  const texts = () => {
    if (sample) return [t(`gpu.state.${sample.state}.title`), t(`gpu.state.${sample.state}.remedy`)];
    return device.asleep ? [t('telemetry.asleep.title'), t('telemetry.asleep.cause')] : ['–', t('telemetry.noSample')];
  };
  const [title, remedy] = texts();
  return (
    <td className="unmeasured" colSpan={COLUMN_COUNT - 3}>
      <div className="row">
        <span className={sample ? 'tag over' : 'tag'}>{title}</span>
        <span className="cut dim" title={remedy}>
          {remedy}
        </span>
      </div>
    </td>
  );
}

const LargestProcess = memo(function LargestProcess({ process }: { process: GpuProcess | undefined }) {
  const { t } = useTranslation();
  if (!process) return <td className="process dim">–</td>;
  const user = process.user ?? `pid ${process.pid}`;
  const text = process.ours ? t('gpu.table.ourProcess') : `${executableName(process.name)} · ${user}`;
  return (
    <td className="process">
      <div className="cut" title={`${process.command ?? process.name} (${process.pid})`}>
        {text}
      </div>
    </td>
  );
});

/** The column heads name the value and its unit. */
const VitalCell = memo(function VitalCell(vital: Vital) {
  const { t } = useTranslation();
  return (
    <td className={vital.name} title={titleOf(vital, t)}>
      <VitalText vital={{ ...vital, text: vital.text.replace(' °C', '') }} />
    </td>
  );
});
