import type { GpuSeries, HostSeries } from '#contract';
import { roundTop, type Unit } from './plot/figures.ts';

export interface LineSpec {
  metric: string;
  /** A key of charts.line, or the words themselves where `said` is given. */
  name: string;
  said?: string;
  colour: string;
  look: 'line' | 'area' | 'dashed';
}

export interface PlotSpec {
  name: PlotName;
  unit: Unit;
  lines: readonly LineSpec[];
  /** The scale's end by the most that is shown; a card's memory where `card` is known. */
  top(most: number, card: number): number;
}

const line = (metric: GpuSeries | HostSeries, colour: string, look: LineSpec['look'] = 'line'): LineSpec => ({
  metric,
  name: metric,
  colour: `var(--${colour})`,
  look,
});

export const plotNames = ['memory', 'utilization', 'temperature', 'power', 'clocks', 'processes'] as const;
export type PlotName = (typeof plotNames)[number] | 'host';

const card = (most: number, total: number) => (total > 0 ? total : roundTop(most));

export const plots: Record<Exclude<PlotName, 'processes'>, PlotSpec> = {
  memory: {
    name: 'memory',
    unit: 'MiB',
    lines: [line('oursMiB', 'weights', 'area'), line('memoryUsedMiB', 'text')],
    top: card,
  },
  utilization: {
    name: 'utilization',
    unit: '%',
    lines: [line('utilizationMemory', 'kv'), line('utilizationGpu', 'working')],
    top: () => 100,
  },
  temperature: {
    name: 'temperature',
    unit: '°C',
    lines: [line('temperature', 'amber')],
    top: (most) => Math.max(100, roundTop(most)),
  },
  power: {
    name: 'power',
    unit: 'W',
    lines: [line('powerDrawW', 'mint', 'area'), line('powerLimitW', 'text', 'dashed')],
    top: roundTop,
  },
  clocks: {
    name: 'clocks',
    unit: 'MHz',
    lines: [line('clockMemoryMHz', 'kv'), line('clockSmMHz', 'working')],
    top: roundTop,
  },
  host: {
    name: 'host',
    unit: 'MiB',
    lines: [line('backendRssMiB', 'weights', 'area'), line('swapUsedMiB', 'amber'), line('ramUsedMiB', 'text')],
    top: card,
  },
};

const measured = ({ look }: LineSpec) => look !== 'dashed';

/** The line that a plot is about: what is drawn last of what is measured. */
export const mainLine = ({ lines }: PlotSpec): LineSpec | undefined => lines.filter(measured).at(-1);

const small = (spec: PlotSpec): PlotSpec => ({
  ...spec,
  lines: spec.lines.filter((one) => one === mainLine(spec) || !measured(one)),
});

/** What is drawn beside the memory where there is one GPU, and room: only what each is about. */
export const beside = [small(plots.utilization), small(plots.temperature), small(plots.power)];

/** The lanes are drawn under every large plot. */
export const laneMetrics: readonly GpuSeries[] = ['throttle', 'state'];

/** Everything that one request has to bring for these plots. */
export const metricsOf = (specs: readonly PlotSpec[]): string[] => [
  ...new Set([...specs.flatMap(({ lines }) => lines.map(({ metric }) => metric)), ...laneMetrics]),
];

export const specOf = (name: PlotName): PlotSpec | null => (name in plots ? plots[name as keyof typeof plots] : null);
