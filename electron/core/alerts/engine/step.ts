import type { Alert, AlertSettings, GpuProcess, Xid } from '#contract';
import { MOMENT_MS } from '../rules/card-rules.ts';
import { type Collecting, collectionFinding, followCollecting } from '../rules/collection.ts';
import { takenFinding } from '../rules/processes.ts';
import { newXids, xidFinding } from '../rules/xids.ts';
import type { AlertInput } from '../types.ts';
import { createDraft, type Draft, type Raised, type Watched } from './draft.ts';
import { AWAY_MS, type Gpus, restUnseen, stepGpus } from './gpus.ts';

export interface RulesState {
  /** Unix milliseconds of the first step, and of the last. */
  beganAt: number | null;
  steppedAt: number | null;
  watched: Watched;
  gpus: Gpus;
  processes: ProcessesSeen;
  xids: readonly Xid[];
  collecting: Collecting;
}

interface ProcessesSeen {
  /** The list that was judged last, and under which settings. */
  list: readonly GpuProcess[];
  settings: AlertSettings | null;
  keys: ReadonlySet<string>;
  /** Held as much when the panel began: nobody has taken it since. */
  before: ReadonlySet<string>;
}

export interface Step {
  state: RulesState;
  raised: Raised[];
  /** With their end. */
  ended: Alert[];
}

/** A list may be empty for a moment, where the stream has just come back. */
const GONE_MS = 2_000;

export const createRules = (): RulesState => ({
  beganAt: null,
  steppedAt: null,
  watched: { watches: new Map(), quiet: new Map(), figuresSince: null, count: 0 },
  gpus: new Map(),
  processes: { list: [], settings: null, keys: new Set(), before: new Set() },
  xids: [],
  collecting: { since: null, lastTickAt: null },
});

/**
 * One look at everything that is watched. Pure: the same state and input give the same step. Time never goes back.
 *
 * | kind | raised | ended |
 * |---|---|---|
 * | headroom | under the threshold, or half of a budget that is less than twice that | a quarter above it |
 * | limit, card | over the share | 2 % of the limit or card under it |
 * | leak | grown within the window while idle | half of the growth given back, or something runs |
 * | taken | over the threshold, but for ours and what draws the screen | under 90 % of it, or gone for 2 s |
 * | hot | over for its time | 3 degrees below |
 * | brake | set for its time | clear for 30 s |
 * | collection | failing, silent or slower than 3 periods for its time | within 2 periods for 5 s, or not asked for |
 * | gpu_missing | gone or without state ok for 2 s | there for 5 s |
 * | xid, ecc | each new one | 10 min after the last |
 *
 * What is said of figures ends when none have come for a minute: the GPU is lost or gone, sleeps, or is not asked.
 *
 * Quiet time runs from an alert's end: one like it (kind and GPU; for `taken` the program, for `xid` the code) that is
 * raised within it is an alert of its own, with `quiet` and without `notify`.
 */
export function step(before: RulesState, given: AlertInput): Step {
  const input = { ...given, time: Math.max(given.time, before.steppedAt ?? given.time) };
  const draft = createDraft(before.watched, input);
  const beganAt = before.beganAt ?? input.time;
  const { lastTickAt } = before.collecting;
  const silent = lastTickAt !== null && input.time - lastTickAt >= AWAY_MS;
  const gpus = stepGpus(before.gpus, input, draft, silent);
  const processes = stepProcesses(before.processes, gpus, input, draft, silent);
  stepXids(before, beganAt, gpus, input, draft);
  const collecting = followCollecting(before.collecting, input, before.steppedAt);
  draft.judge(collectionFinding(input, collecting));
  const state = {
    ...{ beganAt, steppedAt: input.time, watched: draft.done(), gpus, processes, collecting },
    xids: input.telemetry.xids,
  };
  return { state, raised: draft.raised, ended: draft.ended };
}

function stepProcesses(
  seen: ProcessesSeen,
  gpus: Gpus,
  input: AlertInput,
  draft: Draft,
  silent: boolean,
): ProcessesSeen {
  const { telemetry, settings } = input;
  // A list that is empty because nobody could be asked tells nothing.
  if (telemetry.state !== 'ok') {
    for (const key of draft.keysOf('taken')) restUnseen(key, settings.taken.on, draft, silent);
    return seen;
  }
  if (telemetry.processesFault) return seen;
  const fresh = telemetry.processes !== seen.list || settings !== seen.settings;
  const now = fresh ? judgeProcesses(seen, gpus, input, draft) : seen;
  for (const key of draft.keysOf('taken')) if (!now.keys.has(key)) draft.rest(key, GONE_MS);
  return now;
}

/** Nobody takes it from the person: it is theirs already, and cannot be had back. */
const isTheirs = ({ ours, spared }: GpuProcess) =>
  ours || spared === 'backend' || spared === 'panel' || spared === 'screen';

function judgeProcesses(seen: ProcessesSeen, gpus: Gpus, input: AlertInput, draft: Draft): ProcessesSeen {
  const { telemetry, settings } = input;
  const [keys, before] = [new Set<string>(), new Set<string>()];
  for (const one of telemetry.processes) {
    if (isTheirs(one)) continue;
    const index = gpus.get(one.gpuUuid)?.index ?? telemetry.devices.find(({ uuid }) => uuid === one.gpuUuid)?.index;
    const finding = takenFinding(one, index ?? null, settings);
    const { key, verdict } = finding;
    keys.add(key);
    const known = verdict !== 'good' && (draft.early || seen.before.has(key));
    if (known) before.add(key);
    else draft.judge(finding);
  }
  return { list: telemetry.processes, settings, keys, before };
}

function stepXids(before: RulesState, beganAt: number, gpus: Gpus, input: AlertInput, draft: Draft): void {
  const { xids } = input.telemetry;
  const { on } = input.settings.xid;
  const news = xids === before.xids ? [] : newXids(xids, before.xids, beganAt);
  for (const key of draft.keysOf('xid')) draft.rest(key, on ? MOMENT_MS : 0);
  if (!on) return;
  for (const xid of news) draft.judge(xidFinding(xid, gpus.get(xid.gpuUuid ?? '')?.index ?? null));
}
