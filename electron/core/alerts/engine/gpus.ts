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

/** After a GPU has been absent for this long, alerts about its values end. */
export const ABSENT_MS = 60_000;
/** The time for the first sample after the machine slept. */
const WAKE_MS = 20_000;
/** The UUID that telemetry gives a lost GPU if the real one is unknown. */
const UNKNOWN = 'GPU-unknown-';
/** More than a machine has. Beyond this the oldest absent GPU is dropped. */
const MAX_GPUS = 64;

export type Gpus = ReadonlyMap<string, GpuPast>;

/** Judges every GPU in the sample, and the absent ones. `silent`: there was no sample for ABSENT_MS. */
export function stepGpus(before: Gpus, input: AlertInput, draft: Draft, silent: boolean): Gpus {
  if (!input.tick) {
    for (const gpu of before.values()) judgeWithoutSample(gpu, input, draft, silent);
    return before;
  }
  const changed = new Map<string, GpuPast>();
  for (const sample of input.tick.gpus) {
    const known = before.get(sample.uuid);
    const now = judgeGpu(sample, known ?? fresh(sample), input, draft);
    if (now !== known) changed.set(sample.uuid, now);
  }
  // While every known GPU is in the sample, none is absent.
  if (changed.size > 0 || before.size > input.tick.gpus.length) judgeAbsent(before, changed, input, draft);
  return changed.size === 0 ? before : bounded(new Map([...before, ...changed]), draft);
}

const fresh = ({ uuid, index }: GpuSample): GpuPast => ({
  uuid,
  index,
  absentSince: null,
  ecc: null,
  idle: null,
  keys: rules.map(({ kind }) => `${kind} ${uuid}`),
  missingKey: `gpu_missing ${uuid}`,
});

function judgeGpu(sample: GpuSample, before: GpuPast, input: AlertInput, draft: Draft): GpuPast {
  const { settings } = input;
  const memory = memoryOf(sample, input.limit, input.worker);
  const now = updateGpu(before, sample, memory, input);
  const view: GpuView = { sample, memory, before, now, input };
  if (sample.state !== 'ok' || draft.has(now.missingKey)) draft.judge(missingFinding(now, sample.state, settings));
  for (const [place, rule] of rules.entries()) {
    const key = now.keys[place] ?? '';
    const { on } = settings[rule.kind];
    const verdict = on ? rule.judge(view, draft.active(key)) : 'good';
    if (verdict === 'unknown' && isAbsent(now, input.time)) draft.clear(key, 0);
    // Usually nothing is or was wrong: then nothing is allocated.
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
  text: () => rule.text(view),
});

const isAbsent = ({ absentSince }: GpuPast, time: number) => absentSince !== null && time - absentSince >= ABSENT_MS;

/** Without a sample only alerts of disabled rules end, and those without values for too long. */
function judgeWithoutSample(
  { keys, missingKey }: GpuPast,
  { settings }: AlertInput,
  draft: Draft,
  silent: boolean,
): void {
  for (const [place, { kind }] of rules.entries())
    clearWithoutSample(keys[place] ?? '', settings[kind].on, draft, silent);
  clearWithoutSample(missingKey, settings.gpu_missing.on, draft, false);
}

export function clearWithoutSample(key: string, on: boolean, draft: Draft, silent: boolean): void {
  if (!on) draft.clear(key, 0);
  else if (silent) draft.clear(key, WAKE_MS);
}

/** Updates the memory of one GPU; returns the same object where nothing changed. */
function updateGpu(before: GpuPast, sample: GpuSample, memory: CardMemory | null, input: AlertInput): GpuPast {
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
  // A GPU that was lost before its UUID was known has it once it is back.
  const isNamedLater = (uuid: string) => uuid.startsWith(UNKNOWN);
  const there = new Set(tick?.gpus.map(({ uuid }) => uuid));
  for (const gpu of before.values()) {
    if (there.has(gpu.uuid)) continue;
    const absentSince = gpu.absentSince ?? time;
    // A suspended GPU is not missing.
    if (isAsleep(gpu.uuid) || isNamedLater(gpu.uuid)) draft.clear(gpu.missingKey, 0);
    else draft.judge(missingFinding(gpu, null, settings));
    if (time - absentSince >= ABSENT_MS) clearAll(gpu, draft);
    if (gpu.absentSince === null || gpu.idle !== null) changed.set(gpu.uuid, { ...gpu, absentSince, idle: null });
  }
}

const clearAll = ({ keys }: GpuPast, draft: Draft) => {
  for (const key of keys) draft.clear(key, 0);
};

function bounded(gpus: Map<string, GpuPast>, draft: Draft): Gpus {
  for (const gpu of gpus.values()) {
    if (gpus.size <= MAX_GPUS) break;
    if (gpu.absentSince === null) continue;
    clearAll(gpu, draft);
    draft.clear(gpu.missingKey, 0);
    gpus.delete(gpu.uuid);
  }
  return gpus;
}
