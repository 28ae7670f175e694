import { type AlertSettings, type GpuSample, type ThrottleReason, throttleBits, throttleReasons } from '#contract';
import type { Finding } from '../types.ts';
import { atOnce, type GpuPast, type GpuRule, MINUTE_MS, mib, over } from './gpu-rule.ts';

const HOT_MARGIN = 3;
/** Bits of a brake come and go with the load: it must stay away for so long. */
const BRAKE_OVER_MS = 30_000;
/** What happened in a moment is shown for so long after the last time. */
export const MOMENT_MS = 10 * MINUTE_MS;
/** A tick may miss a GPU where the stream begins, and one cell may be unreadable once. */
const MISSING_MS = 2_000;
const THERE_AGAIN_MS = 5_000;

/** Reaching the power limit is how a GPU works at full speed: only what protects it from harm brakes it. */
const brakes = ['hw_thermal', 'sw_thermal', 'hw_slowdown', 'hw_power_brake'] as const satisfies ThrottleReason[];
const brakeMask = brakes.reduce((mask, reason) => mask | throttleBits[reason], 0);

export const hot: GpuRule = {
  kind: 'hot',
  raiseMs: (settings) => settings.hot.minutes * MINUTE_MS,
  endMs: 0,
  judge: ({ sample, input }) =>
    over(sample.temperature, input.settings.hot.overCelsius, input.settings.hot.overCelsius - HOT_MARGIN),
  tell({ sample, input }) {
    const { overCelsius, minutes } = input.settings.hot;
    const celsius = mib(sample.temperature ?? 0);
    return {
      level: 'warning',
      message: `GPU ${sample.index}: ${celsius} °C, over ${overCelsius} °C for ${minutes} min. Check its fans and the air around it; soon it will slow itself down.`,
      values: { gpu: sample.index, celsius, overCelsius, minutes },
    };
  },
};

export const brake: GpuRule = {
  kind: 'brake',
  raiseMs: (settings) => settings.brake.minutes * MINUTE_MS,
  endMs: BRAKE_OVER_MS,
  judge: ({ sample: { throttle } }) => (throttle === null ? 'unknown' : throttle & brakeMask ? 'bad' : 'good'),
  tell({ sample, input }) {
    const { minutes } = input.settings.brake;
    const reasons = throttleReasons((sample.throttle ?? 0) & brakeMask);
    const power = reasons.every((reason) => reason === 'hw_power_brake');
    const advice = power
      ? 'Its power supply asks it to: check the cables and what the supply can give.'
      : 'Check its fans, the air around it and its power cables.';
    return {
      level: 'warning',
      message: `GPU ${sample.index}: slowed down for ${minutes} min (${reasons.join(', ')}). ${advice} Runs take longer until then.`,
      values: { gpu: sample.index, reasons: reasons.join(', '), minutes },
    };
  },
};

export const ecc: GpuRule = {
  kind: 'ecc',
  raiseMs: atOnce,
  endMs: MOMENT_MS,
  judge({ sample, before }) {
    if (sample.eccUncorrected === null) return 'unknown';
    return before.ecc !== null && sample.eccUncorrected > before.ecc ? 'bad' : 'good';
  },
  tell({ sample, before }) {
    const errors = sample.eccUncorrected ?? 0;
    const more = errors - (before.ecc ?? 0);
    return {
      level: 'error',
      message: `GPU ${sample.index}: ${more} uncorrected memory ${more === 1 ? 'error' : 'errors'} more, ${errors} since the driver was loaded. What ran meanwhile may be wrong: run it again, and have the card checked if it goes on.`,
      values: { gpu: sample.index, more, errors },
    };
  },
};

type Missing = Exclude<GpuSample['state'], 'ok'> | 'vanished';
const missing: Record<Missing, string> = {
  vanished: 'is not in the list of GPUs any more. Look into the kernel log for it, and restart the machine.',
  lost: 'is lost: the driver cannot reach it. Restart the machine; if it comes again, check its seat and its power.',
  needs_reset: 'needs a reset: stop what uses it, then `nvidia-smi --gpu-reset` as root, or restart the machine.',
  no_permission: 'gives no figures: this user may not ask it. Ask whoever runs this machine.',
  unknown_error: 'gives no figures: the driver reports an unknown error. Restart the machine if it stays so.',
};

/** A GPU that was there; `state` is null where the ticks are without it. */
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
    endMs: on ? THERE_AGAIN_MS : 0,
    tell: () => ({
      level: 'error',
      message: `GPU ${index} ${missing[why]}`,
      values: { gpu: index, state: why },
    }),
  };
}
