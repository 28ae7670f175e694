import { type GpuConditions, provenanceSchema, type Run, type RunConditions } from '#contract';
import { bytesText } from '../../parts/index.ts';
import { resultsOf } from '../results.ts';

type Translate = (key: string, values?: Record<string, unknown>) => string;

/** `slow`: the speed is not that of an undisturbed run. `unknown`: nothing says whether it was. `note`: it hardly matters. */
export interface ConditionLine {
  kind: 'slow' | 'note' | 'calm' | 'unknown';
  text: string;
}

/** A desktop holds less: it is named, but slows nothing down for long. */
const SMALL_MIB = 512;
/** At most this many processes of one GPU are named. */
const NAMED = 3;

/** Weights or a KV cache in system RAM: the durations are then not those of a GPU. */
export function spillLines({ result }: Pick<Run, 'result'>, t: Translate): ConditionLine[] {
  const { offload = 0, offload_share = 0, offload_slowdown } = resultsOf({ result }).common ?? {};
  const isCacheOff = provenanceSchema.safeParse(result).data?.kv_cache === 'offloaded';
  const percent = (100 * offload_share).toFixed(offload_share < 0.1 ? 1 : 0);
  const weights =
    offload_slowdown == null
      ? t('runs.offload', { percent })
      : t('runs.offloadSlower', { percent, times: offload_slowdown.toFixed(1) });
  return [
    ...(offload > 0 ? [{ kind: 'slow' as const, text: weights }] : []),
    ...(isCacheOff ? [{ kind: 'slow' as const, text: t('runPage.condition.cacheOff') }] : []),
  ];
}

/** What must be known to compare a speed: throttling, other processes, and what is unknown of both. */
export function conditionLines({ span, gpus }: RunConditions, t: Translate): ConditionLine[] {
  if (!span || gpus.length === 0) return [{ kind: 'unknown', text: t('runPage.condition.noSamples') }];
  const total = (span.to - span.from) / 1_000;
  const lines = gpus.flatMap((gpu, index) => {
    const where = gpus.length > 1 ? t('runPage.condition.gpu', { number: index + 1 }) : '';
    return [...throttling(gpu, total, t), ...sharing(gpu, t)].map((line) => ({ ...line, text: where + line.text }));
  });
  const sampled = Math.min(...gpus.map(({ sampledSeconds }) => sampledSeconds));
  const missing = total - sampled;
  // The first and last sample lie within the run: a little is always missing.
  if (missing > Math.max(5, 0.05 * total))
    lines.push({
      kind: 'unknown',
      text: t('runPage.condition.gap', { seconds: missing.toFixed(0), total: total.toFixed(0) }),
    });
  const told = lines.filter(({ kind }) => kind !== 'calm');
  if (told.length === 0) return [{ kind: 'calm', text: t('runPage.condition.calm') }];
  const notes = told.every(({ kind }) => kind === 'note');
  return notes ? [{ kind: 'calm', text: t('runPage.condition.notThrottled') }, ...told] : told;
}

function throttling({ throttled, reasons }: GpuConditions, total: number, t: Translate): ConditionLine[] {
  if (!throttled) return [{ kind: 'unknown', text: t('runPage.condition.noReasons') }];
  if (throttled.most === 0) return [{ kind: 'calm', text: '' }];
  const names = reasons.map(({ reason }) => t(`telemetry.throttle.${reason}.name`)).join(', ');
  const [least, most] = [throttled.least.toFixed(0), throttled.most.toFixed(0)];
  const seconds = least === most ? most : t('runPage.condition.between', { least, most });
  return [{ kind: 'slow', text: t('runPage.condition.throttled', { seconds, total: total.toFixed(0), names }) }];
}

function sharing({ others }: GpuConditions, t: Translate): ConditionLine[] {
  if (!others) return [{ kind: 'unknown', text: t('runPage.condition.noProcesses') }];
  if (others.length === 0) return [{ kind: 'calm', text: '' }];
  const large = others.filter(({ maxMiB }) => maxMiB >= SMALL_MIB);
  const small = others.filter(({ maxMiB }) => maxMiB < SMALL_MIB);
  return [
    ...(large.length > 0
      ? [{ kind: 'slow' as const, text: t('runPage.condition.shared', { named: namesOf(large, t) }) }]
      : []),
    ...(small.length > 0
      ? [{ kind: 'note' as const, text: t('runPage.condition.beside', { named: namesOf(small, t) }) }]
      : []),
  ];
}

function namesOf(others: NonNullable<GpuConditions['others']>, t: Translate): string {
  const named = others
    .slice(0, NAMED)
    .map(({ name, maxMiB, seconds }) =>
      t('runPage.condition.process', {
        name: name.split(/[\\/]/).at(-1),
        size: bytesText(maxMiB * 2 ** 20),
        seconds: seconds.toFixed(0),
      }),
    )
    .join(t('runPage.condition.and'));
  return named + (others.length > NAMED ? t('runPage.condition.more', { count: others.length - NAMED }) : '');
}

/** Of all GPUs, over the seconds that were measured; null where no GPU reported power. */
export function energyOf({ gpus }: RunConditions): { joules: number; seconds: number } | null {
  const known = gpus.filter(({ energyJ }) => energyJ !== null);
  if (known.length === 0 || known.length < gpus.length) return null;
  return {
    joules: known.reduce((sum, { energyJ }) => sum + (energyJ ?? 0), 0),
    seconds: Math.min(...known.map(({ poweredSeconds }) => poweredSeconds)),
  };
}
