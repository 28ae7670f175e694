import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RunRecord } from '#contract';
import { Card } from '../../parts/index.ts';
import { highestMiB, MemoryPlot } from '../../run-page/index.ts';
import { usePanelState } from '../../store.ts';
import { letterOf } from '../verdict.ts';
import { type CurvesOfRun, type RunCurve, useCurves } from './use-curves.ts';

/** Memory from the start of each run, all on one scale of time and size. */
export function MemoryCurves({ runs }: { runs: readonly RunRecord[] }) {
  const { t } = useTranslation();
  const found = useCurves(runs);
  const every = found?.flatMap(({ curves }) => curves ?? []) ?? [];
  const lengthMs = Math.max(0, ...every.map(({ span }) => span.to - span.from));
  const predicted = runs.map((run) => predictedMiB(run, curvesAt(found, run)));
  const topMiB = Math.max(0, ...every.map(({ curve }) => highestMiB(curve)), ...predicted.map((mib) => mib ?? 0));
  return (
    <Card title={t('compare.memory')}>
      {!found && <Skeleton height={120} mt={8} animate={false} />}
      {found &&
        runs.map((run, i) => (
          <section key={run.req_id} className="compare-curve" aria-label={`${letterOf(i)} · ${t('compare.memory')}`}>
            <Curves
              letter={letterOf(i)}
              curves={curvesAt(found, run)}
              {...{ lengthMs, topMiB }}
              predicted={predicted[i] ?? null}
            />
          </section>
        ))}
      {every.length > 0 && <Legend predicted={predicted.some((mib) => mib !== null)} />}
    </Card>
  );
}

const curvesAt = (found: readonly CurvesOfRun[] | null, { req_id }: RunRecord) =>
  found?.find((one) => one.req_id === req_id)?.curves ?? null;

/** The plan is that of all GPUs together. */
const predictedMiB = ({ predicted_peak }: RunRecord, curves: readonly RunCurve[] | null): number | null =>
  predicted_peak !== null && curves?.length === 1 ? predicted_peak / 2 ** 20 : null;

interface CurvesProps {
  letter: string;
  curves: readonly RunCurve[] | null;
  lengthMs: number;
  topMiB: number;
  predicted: number | null;
}

function Curves({ letter, curves, lengthMs, topMiB, predicted }: CurvesProps) {
  const { t } = useTranslation();
  const devices = usePanelState(({ telemetry }) => telemetry.devices);
  if (!curves || curves.length === 0)
    return (
      <div className="dim small">
        <strong>{letter}</strong> {t(curves ? 'runPage.noCurve' : 'compare.noMemory')}
      </div>
    );
  return curves.map(({ uuid, span: { from }, curve }) => {
    const device = devices.find((one) => one.uuid === uuid);
    return (
      <div key={uuid}>
        <div className="dim small">
          <strong>{letter}</strong> {device ? `GPU ${device.index} · ${device.name}` : uuid}
        </div>
        <MemoryPlot
          curve={curve}
          span={{ from, to: from + lengthMs }}
          totalMiB={device?.memoryTotalMiB ?? 0}
          small
          {...{ predicted, topMiB }}
        />
      </div>
    );
  });
}

function Legend({ predicted }: { predicted: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="run-legend dim small">
      <span>
        <i style={{ background: 'var(--weights)' }} /> {t('runPage.ours')}
      </span>
      <span>
        <i style={{ background: 'var(--dim)' }} /> {t('runPage.used')}
      </span>
      <span>
        <i className="dashed" style={{ borderColor: 'var(--text)' }} /> {t('charts.line.limitMiB')}
      </span>
      {predicted && (
        <span>
          <i className="dotted" style={{ borderColor: 'var(--mint)' }} /> {t('compare.figure.predicted')}
        </span>
      )}
    </div>
  );
}
