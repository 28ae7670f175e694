import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { GpuConditions, Run, RunConditions } from '#contract';
import { bytesText, Card, sizeText } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import type { Conditions } from '../conditions/use-conditions.ts';
import { resultsOf } from '../results.ts';
import { predictedMiB, predictionOf } from './curve.ts';
import { EventNotes } from './event-notes.tsx';
import { MemoryPlot } from './memory-plot.tsx';
import { useCurve } from './use-curve.ts';

/** Our memory over the time of the run, against its plan and the limit in force. */
export function MemoryCard({ run, conditions }: { run: Run; conditions: Conditions }) {
  const { t } = useTranslation();
  const { found, error } = conditions;
  if (run.start_time === null) return null;
  const peaks = peaksText(run);
  return (
    <Card
      title={t('runPage.memory')}
      actions={<span className="dim small cut">{peaks.map((one) => t(...one)).join(' · ')}</span>}
    >
      {!found && !error && <Skeleton height={150} mt={8} animate={false} />}
      {found?.span && found.gpus.length === 0 && <div className="dim small run-gap">{t('runPage.noCurve')}</div>}
      {found?.span &&
        found.gpus.map((gpu) => (
          <Gpu key={gpu.uuid} run={run} gpu={gpu} span={found.span as Span} isOnly={found.gpus.length === 1} />
        ))}
    </Card>
  );
}

type Span = NonNullable<RunConditions['span']>;

/** Predicted and measured peak, as the result has them. */
function peaksText(run: Run): [string, Record<string, unknown>][] {
  const result = resultsOf(run).common;
  const peak = Object.values(result?.peak_memory ?? {}).reduce((sum, one) => sum + one, 0);
  const predicted = result?.predicted_peak ?? run.predicted_peak ?? undefined;
  return [
    ...(predicted !== undefined ? [['runs.predicted', { peak: bytesText(predicted) }] as [string, object]] : []),
    ...(peak > 0 ? [['runs.peak', { peak: bytesText(peak) }] as [string, object]] : []),
  ] as [string, Record<string, unknown>][];
}

function Gpu({ run, gpu, span, isOnly }: { run: Run; gpu: GpuConditions; span: Span; isOnly: boolean }) {
  const { t } = useTranslation();
  const device = usePanelState(({ telemetry }) => telemetry.devices.find(({ uuid }) => uuid === gpu.uuid));
  const curve = useCurve(gpu.uuid, span);
  const predicted = predictedMiB(predictionOf(run), device?.index ?? null, isOnly);
  const total = device?.memoryTotalMiB ?? 0;
  const limit = curve?.points.filter((point) => point.limit !== null).at(-1)?.limit ?? null;
  return (
    <section className="run-gap" aria-label={device ? `GPU ${device.index}` : gpu.uuid}>
      {!isOnly && <div className="dim small">{device ? `GPU ${device.index} · ${device.name}` : gpu.uuid}</div>}
      {curve ? (
        <MemoryPlot curve={curve} span={span} predicted={predicted} totalMiB={total} small={!isOnly} />
      ) : (
        <Skeleton height={isOnly ? 150 : 100} animate={false} />
      )}
      <div className="run-legend dim small">
        <span>
          <i style={{ background: 'var(--weights)' }} /> {t('runPage.ours')}
        </span>
        <span>
          <i style={{ background: 'var(--dim)' }} /> {t('runPage.used')}
        </span>
        {limit !== null && (
          <span>
            <i className="dashed" style={{ borderColor: 'var(--text)' }} />{' '}
            {t('runPage.limit', { size: sizeText(limit, total || limit) })}
          </span>
        )}
        {predicted !== null && (
          <span>
            <i className="dotted" style={{ borderColor: 'var(--mint)' }} />{' '}
            {t('runPage.predicted', { size: sizeText(predicted, total || predicted) })}
          </span>
        )}
      </div>
      {curve && <EventNotes events={curve.events} from={span.from} run={run} />}
    </section>
  );
}
