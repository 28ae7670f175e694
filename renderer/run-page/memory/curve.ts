import { type HistoryWindow, predictionSchema, type Run } from '#contract';

/** One column of the curve. Unix milliseconds and MiB; null where it is unknown. */
export interface Point {
  time: number;
  ours: number | null;
  used: number | null;
  limit: number | null;
}

export const CURVE_METRICS = ['oursMiB', 'memoryUsedMiB', 'limitMiB'];

/** The maxima of each column; a gap between samples breaks the lines. */
export function curveOf({ columnMs, gapMs, at, metrics }: HistoryWindow, from: number): Point[] {
  const value = (metric: string, i: number) => metrics[metric]?.max[i] ?? null;
  const points: Point[] = [];
  let last: number | null = null;
  at.forEach((column, i) => {
    const time = from + (column + 0.5) * columnMs;
    if (last !== null && time - last > gapMs)
      points.push({ time: (last + time) / 2, ours: null, used: null, limit: null });
    points.push({ time, ours: value('oursMiB', i), used: value('memoryUsedMiB', i), limit: value('limitMiB', i) });
    last = time;
  });
  return points;
}

/**
 * Of the result; of the plan while the run is in progress, which the backend sends before the model is loaded. A plan that offers
 * layers on the CPU does not say what is on each GPU.
 */
export const predictionOf = ({ result, plan, predicted_peak }: Pick<Run, 'result' | 'plan' | 'predicted_peak'>) =>
  result ?? (typeof predicted_peak === 'number' ? { predicted_peak, ...(plan && !plan.offload && { plan }) } : null);

/** What the plan predicted for our memory on this GPU, in MiB; null where the result does not say, or layers were offloaded. */
export function predictedMiB(result: Run['result'], index: number | null, isOnly: boolean): number | null {
  const { plan, predicted_peak: whole, offload } = predictionSchema.safeParse(result).data ?? {};
  if (isOnly && whole !== undefined) return whole / 2 ** 20;
  const own = offload ? undefined : plan?.gpus.find((gpu) => gpu.index === index);
  return own ? own.total / 2 ** 20 : null;
}

/** The time since the start of the run, as its axis writes it: 0:42, 1:02:03. */
export function elapsedText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Round times of the axis, in milliseconds since the start. */
export function elapsedTicks(lengthMs: number, most = 6): number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200].map(
    (s) => s * 1_000,
  );
  const step = steps.find((one) => lengthMs / one <= most) ?? lengthMs / most;
  return Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, i) => i * step);
}

const sizes = [1, 2, 4, 5, 8, 10, 20, 25, 50, 100, 200, 250, 500];

/** Round sizes from 0 up to `top`, all in MiB: whole MiB below one GiB, else whole GiB. */
export function sizeTicks(top: number, most = 4): number[] {
  const unit = top < 1_024 ? 1 : 1_024;
  const step = unit * (sizes.find((size) => top / (size * unit) <= most) ?? top / unit / most);
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, i) => i * step);
}
