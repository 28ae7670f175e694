import { memo, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { ComposedChart, Line, ResponsiveContainer, usePlotArea, XAxis, YAxis } from 'recharts';
import type { GpuDevice, TimelineEvent } from '#contract';
import { areaPath, columns, linePath } from '../live/columns.ts';
import { limitInForce } from '../live/headroom.ts';
import { now as clockNow } from '../live/now.ts';
import { ticks } from '../live/ticks.ts';
import { sizeText } from '../live/units.ts';
import { Card } from '../parts/card.tsx';
import { usePanelState } from '../store.ts';
import './memory-chart.css';
import { EventMarks, placeMarks } from './event-marks.tsx';

const SPAN_MS = 600_000;
/** The stream's period is half a second: after this long without a tick the line breaks. */
const GAP_MS = 3_000;
const GIB = 1024;

export function MemoryCharts() {
  const { t } = useTranslation();
  const devices = usePanelState((state) => state.telemetry.devices);
  const shown = usePanelState((state) => state.telemetry.state === 'ok');
  if (!shown) return null;
  const many = devices.length > 1;
  const charts = devices.map((device) => (
    <Card key={device.uuid} title={`${t('chart.title')} GPU ${device.index}`} aside={many ? null : <Legend />}>
      <MemoryChart device={device} />
    </Card>
  ));
  return many ? <div className="multiples">{charts}</div> : charts;
}

function Legend() {
  const { t } = useTranslation();
  return (
    <span className="legend dim">
      <span>
        <i style={{ background: 'var(--text)', height: 2, verticalAlign: 4 }} />
        {t('chart.all')}
      </span>
      <span>
        <i style={{ background: 'var(--weights)' }} />
        {t('chart.ours')}
      </span>
      <span>
        <i style={{ borderTop: '2px dashed var(--text)', height: 0, verticalAlign: 4 }} />
        {t('chart.limit')}
      </span>
    </span>
  );
}

function MemoryChart({ device }: { device: GpuDevice }) {
  const total = device.memoryTotalMiB ?? 1;
  const limit = usePanelState((state) => (state.settings.running ? limitInForce(state) : 0));
  const events = usePanelState((state) => state.events);
  return (
    <div className="chart">
      <Frame total={total} uuid={device.uuid} index={device.index} limit={limit} events={events} />
    </div>
  );
}

interface FrameProps {
  total: number;
  uuid: string;
  index: number;
  limit: number;
  events: readonly TimelineEvent[];
}

/** Without data recharts draws no axes: an unseen line from corner to corner. */
const corners = (total: number) => [
  { minute: -10, mib: 0 },
  { minute: 0, mib: total },
];

/** recharts draws axes once; what lives is drawn by Live through refs, without rendering React for a tick. */
const Frame = memo(function Frame(props: FrameProps) {
  const { t } = useTranslation();
  const { total } = props;
  const minutes = (value: number) => (value === 0 ? t('chart.now') : t('chart.minutes', { count: value }));
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart
        data={corners(total)}
        margin={{ top: 16, right: 8, bottom: 0, left: 0 }}
        accessibilityLayer={false}
      >
        <XAxis
          dataKey="minute"
          type="number"
          domain={[-10, 0]}
          ticks={[-10, -8, -6, -4, -2, 0]}
          tickFormatter={minutes}
          stroke="var(--line)"
        />
        <YAxis
          type="number"
          domain={[0, total]}
          ticks={[0, 0.25, 0.5, 0.75, 1].map((share) => share * total)}
          tickFormatter={(mib: number) => (total < GIB ? String(Math.round(mib)) : (mib / GIB).toFixed(0))}
          stroke="var(--line)"
          width={40}
        />
        <Line dataKey="mib" stroke="none" dot={false} activeDot={false} isAnimationActive={false} />
        <Live {...props} />
      </ComposedChart>
    </ResponsiveContainer>
  );
});

function Live({ total, uuid, index, limit, events }: FrameProps) {
  const { t } = useTranslation();
  const area = usePlotArea();
  const all = useRef<SVGPathElement>(null);
  const ours = useRef<SVGPathElement>(null);
  const marks = useRef<SVGGElement>(null);
  const title = useRef<HTMLTitleElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new event is a new element that wants its place at once.
  useEffect(() => {
    if (!area) return;
    const y = (mib: number) => area.y + area.height * (1 - mib / total);
    const draw = () => {
      const now = ticks.latest()?.time ?? clockNow();
      const x = (time: number) => area.x + area.width * (1 - (now - time) / SPAN_MS);
      const seen = ticks.all().flatMap((tick) => {
        const gpu = tick.gpus.find((one) => one.uuid === uuid);
        const used = gpu?.memoryUsedMiB;
        if (used === null || used === undefined || tick.time < now - SPAN_MS) return [];
        return [{ x: x(tick.time), used, own: gpu?.ours?.usedMiB ?? 0 }];
      });
      const gap = Math.max(2, (GAP_MS / SPAN_MS) * area.width);
      all.current?.setAttribute('d', linePath(columns(seen.map((at) => ({ x: at.x, value: at.used }))), y, gap));
      const own = columns(seen.map((at) => ({ x: at.x, value: at.own })));
      ours.current?.setAttribute('d', areaPath(own, y, area.y + area.height, gap));
      placeMarks(marks.current, x, area);
      const last = seen.at(-1);
      if (title.current && last)
        title.current.textContent = t('chart.describe', {
          index,
          used: sizeText(last.used, total),
          ours: sizeText(last.own, total),
        });
    };
    draw();
    return ticks.onChange(draw);
  }, [area, total, uuid, index, t, events]);

  if (!area) return null;
  const line = area.y + area.height * (1 - limit);
  return (
    <g>
      <title ref={title}>{t('chart.title')}</title>
      {[0.25, 0.5, 0.75, 1].map((share) => {
        const at = area.y + area.height * (1 - share);
        return (
          <line
            key={share}
            x1={area.x}
            x2={area.x + area.width}
            y1={at}
            y2={at}
            stroke="var(--line)"
            strokeOpacity={0.6}
          />
        );
      })}
      <path ref={ours} fill="var(--weights)" fillOpacity={0.4} stroke="var(--weights)" />
      <path ref={all} fill="none" stroke="var(--text)" strokeWidth={1.5} />
      {limit > 0 && (
        <line x1={area.x} x2={area.x + area.width} y1={line} y2={line} stroke="var(--text)" strokeDasharray="5 4" />
      )}
      {limit > 0 && (
        <text x={area.x + 4} y={line - 4} className="limit-word">
          {t('chart.limitAt', { figure: sizeText(limit * total, total) })}
        </text>
      )}
      <EventMarks ref={marks} events={events} />
    </g>
  );
}
