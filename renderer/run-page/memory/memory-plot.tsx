import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Area, ComposedChart, Line, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { RunConditions } from '#contract';
import { sizeText } from '../../parts/index.ts';
import { elapsedText, elapsedTicks, sizeTicks } from './curve.ts';
import type { Curve } from './use-curve.ts';

interface MemoryPlotProps {
  curve: Curve;
  span: NonNullable<RunConditions['span']>;
  predicted: number | null;
  /** 0 where it is unknown. */
  totalMiB: number;
  small: boolean;
  /** The least end of the scale, so that several plots share it. */
  topMiB?: number;
}

/** The highest of all lines, in MiB. */
export const highestMiB = ({ points }: Curve): number =>
  Math.max(0, ...points.flatMap(({ ours, used, limit }) => [ours ?? 0, used ?? 0, limit ?? 0]));

/** The event kinds that a line across the curve marks. */
const red = new Set(['out_of_memory', 'crashed', 'xid', 'telemetry_lost']);

/** Drawn once for each answer of the history: nothing in it moves. Arrow keys move along the curve. */
export const MemoryPlot = memo(function MemoryPlot(props: MemoryPlotProps) {
  const { curve, span, predicted, totalMiB, small, topMiB = 0 } = props;
  const { t } = useTranslation();
  const { points, events } = curve;
  const { from, to } = span;
  const top = Math.max(1, topMiB, predicted ?? 0, highestMiB(curve));
  const size = (mib: number) => sizeText(mib, totalMiB || top);
  if (points.length === 0) return <div className="dim small">{t('charts.empty')}</div>;
  return (
    <div className={small ? 'run-plot small' : 'run-plot'}>
      <ResponsiveContainer width="100%" height="100%">
        <ComposedChart data={points} margin={{ top: 8, right: 8, bottom: 0, left: 0 }} title={t('runPage.curve')}>
          <XAxis
            dataKey="time"
            type="number"
            domain={[from, to]}
            ticks={elapsedTicks(to - from).map((ms) => from + ms)}
            tickFormatter={(time: number) => elapsedText(time - from)}
            stroke="var(--line)"
            tick={{ fill: 'var(--dim)', fontSize: 11 }}
            tickSize={4}
            height={22}
          />
          <YAxis
            type="number"
            domain={[0, top * 1.06]}
            ticks={sizeTicks(top, small ? 2 : 4)}
            tickFormatter={(mib: number) => String(top < 1_024 ? mib : mib / 1_024)}
            stroke="var(--line)"
            tick={{ fill: 'var(--dim)', fontSize: 11 }}
            width={40}
          />
          <Tooltip
            isAnimationActive={false}
            labelFormatter={(time) => elapsedText(Number(time) - from)}
            formatter={(value) => size(Number(value))}
            contentStyle={{
              background: 'var(--raised)',
              border: '1px solid var(--line)',
              borderRadius: 6,
              fontSize: 12,
            }}
            itemStyle={{ padding: 0 }}
          />
          <Area
            name={t('runPage.ours')}
            dataKey="ours"
            stroke="var(--weights)"
            fill="var(--weights)"
            fillOpacity={0.3}
            strokeWidth={1.5}
            isAnimationActive={false}
            dot={false}
          />
          <Line
            name={t('runPage.used')}
            dataKey="used"
            stroke="var(--dim)"
            strokeWidth={1}
            isAnimationActive={false}
            dot={false}
          />
          <Line
            name={t('charts.line.limitMiB')}
            dataKey="limit"
            type="stepAfter"
            stroke="var(--text)"
            strokeDasharray="6 4"
            isAnimationActive={false}
            dot={false}
          />
          {predicted !== null && <ReferenceLine y={predicted} stroke="var(--mint)" strokeDasharray="2 3" />}
          {events.map(({ time, kind, ref }) => (
            <ReferenceLine
              key={`${time}${kind}${ref}`}
              x={time}
              stroke={red.has(kind) ? 'var(--red)' : kind === 'alert' ? 'var(--amber)' : 'var(--line)'}
            />
          ))}
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
});
