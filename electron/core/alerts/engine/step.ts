import type { Alert, AlertSettings, GpuProcess, Xid } from '#contract';
import { EVENT_MS } from '../rules/card-rules.ts';
import { type Collecting, collectionFinding, followCollecting } from '../rules/collection.ts';
import {
  followGrowth,
  type Growth,
  grownFinding,
  growthKey,
  held,
  type LastKnown,
  rememberedGrowth,
} from '../rules/growth.ts';
import { takenFinding } from '../rules/processes.ts';
import { newXids, xidFinding } from '../rules/xids.ts';
import type { AlertInput, Finding } from '../types.ts';
import { createDraft, type Draft, type Raised, type Watched } from './draft.ts';
import { ABSENT_MS, clearWithoutSample, type Gpus, stepGpus } from './gpus.ts';

export interface RulesState {
  /** Unix milliseconds of the first and the last step. */
  beganAt: number | null;
  steppedAt: number | null;
  watched: Watched;
  gpus: Gpus;
  processes: JudgedProcesses;
  xids: readonly Xid[];
  collecting: Collecting;
}

interface JudgedProcesses {
  /** The list that was judged last, and its settings. */
  list: readonly GpuProcess[];
  settings: AlertSettings | null;
  keys: ReadonlySet<string>;
  growth: ReadonlyMap<string, Growth>;
}

export interface Step {
  state: RulesState;
  raised: Raised[];
  /** With their end time. */
  ended: Alert[];
}

/** The list may be empty for a moment after the stream has restarted. */
const GONE_MS = 2_000;

/** `lastKnown`: what processes held when Headroom last ran. */
export const createRules = (lastKnown: LastKnown = new Map()): RulesState => ({
  beganAt: null,
  steppedAt: null,
  watched: { watches: new Map(), quiet: new Map(), sampledSince: null, count: 0 },
  gpus: new Map(),
  processes: { list: [], settings: null, keys: new Set(), growth: rememberedGrowth(lastKnown) },
  xids: [],
  collecting: { since: null, lastTickAt: null },
});

/**
 * Judges every watched condition once. Pure: the same state and input give the same step. Time never goes back.
 *
 * | kind | raised | ended |
 * |---|---|---|
 * | headroom | under the threshold, or under half of a small budget | a quarter above it |
 * | limit, card | over the share | 2 % of the limit or card below it |
 * | leak | grown within the window while idle | half of the growth freed, or a run starts |
 * | taken | over the threshold, except our processes and display servers | under 90 % of it, or absent for 2 s |
 * | grown | such a process grew by the threshold, and at each doubling | half of it freed, or absent for 2 s |
 * | hot | over for its time | 3 degrees below |
 * | brake | throttled for its time | clear for 30 s |
 * | collection | failing, silent or slower than 3 intervals for its time | within 2 intervals for 5 s, or polling is off |
 * | gpu_missing | absent or not in state ok for 2 s | present for 5 s |
 * | xid, ecc | each new one | 10 min after the last |
 *
 * What was already so when Headroom started is raised with `quiet`, and its sentence says so.
 *
 * Alerts about values end after a minute without values: the GPU is lost, absent, suspended or not queried.
 *
 * Quiet time starts with the end of an alert: another one of its group (kind and GPU; for `taken` the program, for `xid`
 * the code) that is raised within it is a separate alert with `quiet` and without `notify`.
 */
export function step(before: RulesState, given: AlertInput): Step {
  const input = { ...given, time: Math.max(given.time, before.steppedAt ?? given.time) };
  const draft = createDraft(before.watched, input);
  const beganAt = before.beganAt ?? input.time;
  const { lastTickAt } = before.collecting;
  const silent = lastTickAt !== null && input.time - lastTickAt >= ABSENT_MS;
  const gpus = stepGpus(before.gpus, input, draft, silent);
  const processes = stepProcesses(before.processes, gpus, input, draft, silent);
  stepXids(before, beganAt, gpus, input, draft);
  const collecting = followCollecting(before.collecting, input, before.steppedAt);
  draft.judge(collectionFinding(input, collecting));
  const state = {
    beganAt,
    steppedAt: input.time,
    watched: draft.done(),
    gpus,
    processes,
    collecting,
    xids: input.telemetry.xids,
  };
  return { state, raised: draft.raised, ended: draft.ended };
}

function stepProcesses(
  judged: JudgedProcesses,
  gpus: Gpus,
  input: AlertInput,
  draft: Draft,
  silent: boolean,
): JudgedProcesses {
  const { telemetry, settings } = input;
  // An empty list of a failing nvidia-smi says nothing.
  if (telemetry.state !== 'ok') {
    for (const kind of ['taken', 'grown'] as const)
      for (const key of draft.keysOf(kind)) clearWithoutSample(key, settings[kind].on, draft, silent);
    return judged;
  }
  if (telemetry.processesFault) return judged;
  const fresh = telemetry.processes !== judged.list || settings !== judged.settings;
  const now = fresh ? judgeProcesses(judged, gpus, input, draft) : judged;
  for (const kind of ['taken', 'grown'] as const)
    for (const key of draft.keysOf(kind)) if (!now.keys.has(key)) draft.clear(key, GONE_MS);
  return now;
}

/** Our own processes and display servers raise no alert. */
const isExempt = ({ ours, protection }: GpuProcess) =>
  ours || protection === 'backend' || protection === 'panel' || protection === 'screen';

function judgeProcesses(judged: JudgedProcesses, gpus: Gpus, input: AlertInput, draft: Draft): JudgedProcesses {
  const { telemetry, settings, time } = input;
  const keys = new Set<string>();
  const judge = (finding: Finding | null) => {
    if (!finding) return;
    keys.add(finding.key);
    draft.judge(finding);
  };
  const indexOf = (uuid: string) =>
    gpus.get(uuid)?.index ?? telemetry.devices.find((device) => device.uuid === uuid)?.index ?? null;
  const others = telemetry.processes.filter((one) => !isExempt(one));
  const growth = followGrowth(judged.growth, others, { time, early: draft.early, settings });
  for (const one of others) {
    // Its growth since Headroom last ran says more than its current memory.
    const isToldAsGrown = settings.grown.on && (growth.get(growthKey(one))?.levelBefore ?? -1) >= 0;
    if (!isToldAsGrown) judge(takenFinding(one, { gpu: indexOf(one.gpuUuid), settings, before: draft.early }));
  }
  for (const process of held(others).values()) {
    const grown = growth.get(growthKey(process.one));
    if (grown) judge(grownFinding(process, grown, { gpu: indexOf(process.one.gpuUuid), time, settings }));
  }
  return { list: telemetry.processes, settings, keys, growth };
}

function stepXids(before: RulesState, beganAt: number, gpus: Gpus, input: AlertInput, draft: Draft): void {
  const { xids } = input.telemetry;
  const { on } = input.settings.xid;
  const fresh = xids === before.xids ? [] : newXids(xids, before.xids, beganAt);
  for (const key of draft.keysOf('xid')) draft.clear(key, on ? EVENT_MS : 0);
  if (!on) return;
  for (const xid of fresh) draft.judge(xidFinding(xid, gpus.get(xid.gpuUuid ?? '')?.index ?? null));
}
