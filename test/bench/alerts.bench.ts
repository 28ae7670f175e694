import { bench, describe } from 'vitest';
import { quietGpu } from '#alert-watch';
import { alertSettingsSchema, type Tick } from '#contract';
import { gpuProcess, telemetryOf, tickOf } from '#samples';
import { createRules, step } from '../../electron/core/alerts/engine/step.ts';

/**
 * The cost of one tick of eight GPUs for the alerts, against parsing that tick's own JSON in the same run. Quiet: a typical
 * tick. Loud: every GPU has three active alerts and two pending ones. New list: eighty processes, as every few seconds.
 */
const settings = alertSettingsSchema.parse({});
const share = (usedMiB: number) => ({
  usedMiB,
  contextMiB: 0,
  weightsMiB: 0,
  kvCacheMiB: 0,
  activationsMiB: 0,
  keptMiB: 0,
});
const eight = (given: Parameters<typeof quietGpu>[0] = {}) =>
  Array.from({ length: 8 }, (_, index) => quietGpu({ uuid: `GPU-${index}`, index, ours: share(500), ...given }));
const loud = { memoryUsedMiB: 9_900, memoryFreeMiB: 100, temperature: 95, throttle: 0x40, ours: share(8_900) };
const processes = Array.from({ length: 80 }, (_, pid) =>
  gpuProcess({ gpuUuid: `GPU-${pid % 8}`, pid, startTime: pid, usedMiB: 500 }),
);

function steps(tick: Tick, fresh = false) {
  const telemetry = telemetryOf({ processes });
  let state = createRules();
  let time = 0;
  const rest = { limit: 0.9, worker: 'running', run: true, settings } as const;
  return () => {
    time += 1;
    const seen = fresh ? { ...telemetry, processes: [...processes] } : telemetry;
    const next = step(state, { ...rest, telemetry: seen, time, tick });
    state = next.state;
    return state.watched.watches.size;
  };
}
const usual = tickOf(0, ...eight());
const json = JSON.stringify(usual);
const [quiet, alarmed, listed] = [steps(usual), steps(tickOf(0, ...eight(loud))), steps(usual, true)];
// Rules that find nothing would seem fast.
if (quiet() !== 0 || alarmed() !== 40) throw new Error('The rules do not see what they are measured with.');

describe('the alerts of one tick of eight GPUs', () => {
  bench('quiet', () => void quiet());
  bench('loud', () => void alarmed());
  bench('with a new list of processes', () => void listed());
  bench('JSON.parse of that tick', () => void JSON.parse(json));
});
