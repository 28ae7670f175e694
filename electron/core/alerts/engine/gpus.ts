import type { GpuSample } from '#contract';
import { brake, ecc, hot, missingFinding } from '../rules/card-rules.ts';
import type { GpuPast, GpuRule, GpuView } from '../rules/gpu-rule.ts';
import { MINUTE_MS } from '../rules/gpu-rule.ts';
import { followIdle } from '../rules/idle.ts';
import { type CardMemory, memoryOf } from '../rules/memory.ts';
import { card, headroom, leak, limit } from '../rules/memory-rules.ts';
import type { AlertInput, Finding, Verdict } from '../types.ts';
import type { Draft } from './draft.ts';

const rules: readonly GpuRule[] = [headroom, limit, card, leak, hot, brake, ecc];

/** A GPU that has been away for so long has no figures of now: what was said of them is over. */
export const AWAY_MS = 60_000;
/** After a sleep of the machine the first figures get so long to come. */
const WAKE_MS = 20_000;
/** More than a machine has. Of those that are away the longest known is forgotten beyond this. */
const MOST_GPUS = 64;

export type Gpus = ReadonlyMap<string, GpuPast>;

/** Judges every GPU that the tick tells of, and those that it does not. `silent`: no tick has come for as long as that. */
export function stepGpus(before: Gpus, input: AlertInput, draft: Draft, silent: boolean): Gpus {
  if (!input.tick) {
    for (const gpu of before.values()) judgeUnseen(gpu, input, draft, silent);
    return before;
  }
  const changed = new Map<string, GpuPast>();
  for (const sample of input.tick.gpus) {
    const known = before.get(sample.uuid);
    const now = judgeGpu(sample, known ?? fresh(sample), input, draft);
    if (now !== known) changed.set(sample.uuid, now);
  }
  // As long as every GPU that is known is in the tick, nobody has to be looked for.
  if (changed.size > 0 || before.size > input.tick.gpus.length) judgeAbsent(before, changed, input, draft);
  return changed.size === 0 ? before : bounded(new Map([...before, ...changed]), draft);
}

const fresh = ({ uuid, index, eccUncorrected }: GpuSample): GpuPast => ({
  ...{ uuid, index, absentSince: null, ecc: eccUncorrected, idle: null },
  keys: rules.map(({ kind }) => `${kind} ${uuid}`),
  missingKey: `gpu_missing ${uuid}`,
});

function judgeGpu(sample: GpuSample, before: GpuPast, input: AlertInput, draft: Draft): GpuPast {
  const { settings } = input;
  const memory = memoryOf(sample, input.limit, input.worker);
  const now = followed(before, sample, memory, input);
  const view: GpuView = { sample, memory, before, now, input };
  if (sample.state !== 'ok' || draft.has(now.missingKey)) draft.judge(missingFinding(now, sample.state, settings));
  for (const [place, rule] of rules.entries()) {
    const key = now.keys[place] ?? '';
    const { on } = settings[rule.kind];
    const verdict = on ? rule.judge(view, draft.lasting(key)) : 'good';
    if (verdict === 'unknown' && isAway(now, input.time)) draft.rest(key, 0);
    // Nearly always: nothing is wrong, and nothing was. Then nothing is made that nobody needs.
    if (verdict === 'bad' || draft.has(key)) draft.judge(findingOf(rule, key, verdict, view));
  }
  return now;
}

const findingOf = (rule: GpuRule, key: string, verdict: Verdict, view: GpuView): Finding => ({
  key,
  kind: rule.kind,
  gpuUuid: view.sample.uuid,
  verdict,
  raiseMs: rule.raiseMs(view.input.settings),
  endMs: view.input.settings[rule.kind].on ? rule.endMs : 0,
  tell: () => rule.tell(view),
});

const isAway = ({ absentSince }: GpuPast, time: number) => absentSince !== null && time - absentSince >= AWAY_MS;

/** Without a tick only what a person has switched off ends, and what no figures have borne out for too long. */
function judgeUnseen({ keys, missingKey }: GpuPast, { settings }: AlertInput, draft: Draft, silent: boolean): void {
  for (const [place, { kind }] of rules.entries()) restUnseen(keys[place] ?? '', settings[kind].on, draft, silent);
  restUnseen(missingKey, settings.gpu_missing.on, draft, false);
}

export function restUnseen(key: string, on: boolean, draft: Draft, silent: boolean): void {
  if (!on) draft.rest(key, 0);
  else if (silent) draft.rest(key, WAKE_MS);
}

/** The same object where nothing changed. */
function followed(before: GpuPast, sample: GpuSample, memory: CardMemory | null, input: AlertInput): GpuPast {
  const idle = followIdle(before.idle, {
    time: input.time,
    idle: input.worker === 'idle' && !input.run,
    oursMiB: memory?.ours ?? null,
    windowMs: input.settings.leak.minutes * MINUTE_MS,
  });
  const ecc = sample.eccUncorrected ?? before.ecc;
  const absentSince = sample.state === 'ok' ? null : (before.absentSince ?? input.time);
  const same = idle === before.idle && ecc === before.ecc && absentSince === before.absentSince;
  if (same && sample.index === before.index) return before;
  return { ...before, index: sample.index, absentSince, ecc, idle };
}

function judgeAbsent(before: Gpus, changed: Map<string, GpuPast>, input: AlertInput, draft: Draft): void {
  const { time, tick, settings, telemetry } = input;
  const isAsleep = (uuid: string) => telemetry.devices.some((device) => device.uuid === uuid && device.asleep);
  const there = new Set(tick?.gpus.map(({ uuid }) => uuid));
  for (const gpu of before.values()) {
    if (there.has(gpu.uuid)) continue;
    const absentSince = gpu.absentSince ?? time;
    // A laptop's GPU that is left to sleep is not gone.
    if (isAsleep(gpu.uuid)) draft.rest(gpu.missingKey, 0);
    else draft.judge(missingFinding(gpu, null, settings));
    if (time - absentSince >= AWAY_MS) restAll(gpu, draft);
    if (gpu.absentSince === null || gpu.idle !== null) changed.set(gpu.uuid, { ...gpu, absentSince, idle: null });
  }
}

const restAll = ({ keys }: GpuPast, draft: Draft) => {
  for (const key of keys) draft.rest(key, 0);
};

function bounded(gpus: Map<string, GpuPast>, draft: Draft): Gpus {
  for (const gpu of gpus.values()) {
    if (gpus.size <= MOST_GPUS) break;
    if (gpu.absentSince === null) continue;
    restAll(gpu, draft);
    draft.rest(gpu.missingKey, 0);
    gpus.delete(gpu.uuid);
  }
  return gpus;
}
