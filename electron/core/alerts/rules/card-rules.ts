import {
  type AlertSettings,
  type GpuSample,
  type Sentence,
  type ThrottleReason,
  throttleBits,
  throttleReasons,
} from '#contract';
import { say } from '../sentences.ts';
import type { Finding } from '../types.ts';
import { atOnce, type GpuPast, type GpuRule, gpuName, MINUTE_MS, mib, over } from './gpu-rule.ts';

const HOT_MARGIN = 3;
/** Throttle bits change with the load: they must be clear for this long. */
const BRAKE_END_MS = 30_000;
/** A momentary event is shown for this long after its last occurrence. */
export const EVENT_MS = 10 * MINUTE_MS;
/** A sample may lack a GPU when the stream starts, and a cell may be unreadable once. */
const MISSING_MS = 2_000;
const PRESENT_MS = 5_000;

/** Reaching the power limit is normal at full load: only protective throttling raises an alert. */
const protective = ['hw_thermal', 'sw_thermal', 'hw_slowdown', 'hw_power_brake'] as const satisfies ThrottleReason[];
const protectiveMask = protective.reduce((mask, reason) => mask | throttleBits[reason], 0);

export const hot: GpuRule = {
  kind: 'hot',
  raiseMs: (settings) => settings.hot.minutes * MINUTE_MS,
  endMs: 0,
  judge: ({ sample, input }) =>
    over(sample.temperature, input.settings.hot.overCelsius, input.settings.hot.overCelsius - HOT_MARGIN),
  text({ sample, input }) {
    const { overCelsius, minutes } = input.settings.hot;
    const celsius = mib(sample.temperature ?? 0);
    return {
      level: 'warning',
      sentence: say('hot', { gpu: gpuName(sample.index), celsius, overCelsius, minutes }),
      values: { gpu: sample.index, celsius, overCelsius, minutes },
    };
  },
};

export const brake: GpuRule = {
  kind: 'brake',
  raiseMs: (settings) => settings.brake.minutes * MINUTE_MS,
  endMs: BRAKE_END_MS,
  judge: ({ sample: { throttle } }) => (throttle === null ? 'unknown' : throttle & protectiveMask ? 'bad' : 'good'),
  text({ sample, input }) {
    const { minutes } = input.settings.brake;
    const reasons = throttleReasons((sample.throttle ?? 0) & protectiveMask);
    const power = reasons.every((reason) => reason === 'hw_power_brake');
    const about = { gpu: gpuName(sample.index), minutes, reasons };
    return {
      level: 'warning',
      sentence: power ? say('brakeByPower', about) : say('brake', about),
      values: { gpu: sample.index, reasons: reasons.join(', '), minutes },
    };
  },
};

export const ecc: GpuRule = {
  kind: 'ecc',
  raiseMs: atOnce,
  endMs: EVENT_MS,
  judge({ sample, before }) {
    if (sample.eccUncorrected === null) return 'unknown';
    // Errors that were counted before Headroom's first sample are reported, too.
    return sample.eccUncorrected > (before.ecc ?? 0) ? 'bad' : 'good';
  },
  text({ sample, before }) {
    const errors = sample.eccUncorrected ?? 0;
    const more = errors - (before.ecc ?? 0);
    const gpu = gpuName(sample.index);
    const isBefore = before.ecc === null;
    return {
      level: 'error',
      sentence: isBefore ? say('eccBefore', { gpu, errors }) : say('ecc', { gpu, more, errors }),
      values: { gpu: sample.index, more, errors, when: isBefore ? 'before' : 'now' },
    };
  },
};

type Missing = Exclude<GpuSample['state'], 'ok'> | 'vanished';
const missing: Record<Missing, (gpu: Sentence) => Sentence> = {
  vanished: (gpu) => say('gpuVanished', { gpu }),
  lost: (gpu) => say('gpuLost', { gpu }),
  needs_reset: (gpu) => say('gpuNeedsReset', { gpu }),
  no_permission: (gpu) => say('gpuNoPermission', { gpu }),
  unknown_error: (gpu) => say('gpuUnknownError', { gpu }),
};

/** A known GPU; `state` is null where the samples lack it. */
export function missingFinding(
  { uuid, index, missingKey }: GpuPast,
  state: GpuSample['state'] | null,
  settings: AlertSettings,
): Finding {
  const { on } = settings.gpu_missing;
  const why: Missing = state === null || state === 'ok' ? 'vanished' : state;
  return {
    key: missingKey,
    kind: 'gpu_missing',
    gpuUuid: uuid,
    verdict: on && state !== 'ok' ? 'bad' : 'good',
    raiseMs: MISSING_MS,
    endMs: on ? PRESENT_MS : 0,
    text: () => ({
      level: 'error',
      sentence: missing[why](gpuName(index)),
      values: { gpu: index, state: why },
    }),
  };
}
