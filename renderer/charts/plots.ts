import type { GpuSeries, HostSeries } from '#contract';
import { roundTop, type Unit } from './plot/value-axis.ts';

export interface LineSpec {
  /** A series' name, a key of charts.line unless there is a `label`. */
  metric: string;
  label?: string;
  colour: string;
  /** `step`: a value that holds until the next one. */
  style: 'line' | 'area' | 'dashed' | 'step';
}

export interface PlotSpec {
  name: PlotName;
  unit: Unit;
  lines: readonly LineSpec[];
  /** The end of the scale for the largest value; `totalMiB` is the memory of the GPU or system, 0 if unknown. */
  top(max: number, totalMiB: number): number;
}

/** A line in a colour of tokens.css. */
const lineSpec = (metric: GpuSeries | HostSeries, colour: string, style: LineSpec['style'] = 'line'): LineSpec => ({
  metric,
  colour: `var(--${colour})`,
  style,
});

export const plotNames = ['memory', 'utilization', 'temperature', 'power', 'clocks', 'processes'] as const;
export type PlotName = (typeof plotNames)[number] | 'host';

/** The limit in force. */
export const LIMIT = 'limitMiB';

const memoryTop = (max: number, totalMiB: number) => (totalMiB > 0 ? totalMiB : roundTop(max));

export const plots: Record<Exclude<PlotName, 'processes'>, PlotSpec> = {
  memory: {
    name: 'memory',
    unit: 'MiB',
    lines: [lineSpec('oursMiB', 'weights', 'area'), lineSpec(LIMIT, 'text', 'step'), lineSpec('memoryUsedMiB', 'text')],
    top: memoryTop,
  },
  utilization: {
    name: 'utilization',
    unit: '%',
    lines: [lineSpec('utilizationMemory', 'kv'), lineSpec('utilizationGpu', 'activations')],
    top: () => 100,
  },
  temperature: {
    name: 'temperature',
    unit: '°C',
    lines: [lineSpec('temperature', 'amber')],
    top: (max) => Math.max(100, roundTop(max)),
  },
  power: {
    name: 'power',
    unit: 'W',
    lines: [lineSpec('powerDrawW', 'mint', 'area'), lineSpec('powerLimitW', 'text', 'dashed')],
    top: roundTop,
  },
  clocks: {
    name: 'clocks',
    unit: 'MHz',
    lines: [lineSpec('clockMemoryMHz', 'kv'), lineSpec('clockSmMHz', 'activations')],
    top: roundTop,
  },
  host: {
    name: 'host',
    unit: 'MiB',
    lines: [
      lineSpec('backendRssMiB', 'weights', 'area'),
      lineSpec('swapUsedMiB', 'amber'),
      lineSpec('ramUsedMiB', 'text'),
    ],
    top: memoryTop,
  },
};

const isMeasured = ({ style }: LineSpec) => style !== 'dashed' && style !== 'step';

/** The plot's main line: the topmost measured one. */
export const mainLine = ({ lines }: PlotSpec): LineSpec | undefined => lines.filter(isMeasured).at(-1);

const small = (spec: PlotSpec): PlotSpec => ({
  ...spec,
  lines: spec.lines.filter((line) => line === mainLine(spec) || !isMeasured(line)),
});

/** The small plots below a single GPU's memory, each with its main line only. */
export const sidePlots = [small(plots.utilization), small(plots.temperature), small(plots.power)];

/** For the lanes under every large plot. */
const laneMetrics: readonly GpuSeries[] = ['throttle', 'state'];

/** The metrics that one request has to fetch for these plots. */
export const metricsOf = (specs: readonly PlotSpec[]): string[] => [
  ...new Set([...specs.flatMap(({ lines }) => lines.map(({ metric }) => metric)), ...laneMetrics]),
];

/** Null for processes, which have their own plot. */
export const specOf = (name: PlotName): PlotSpec | null => (name in plots ? plots[name as keyof typeof plots] : null);
