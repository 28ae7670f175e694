import type { Telemetry } from '#contract';
import type { AlertInput, Finding, Told, Verdict } from '../types.ts';
import { HOLE_MS } from '../watch.ts';

/** So many periods late is silent, or slow; it is well again below `WELL`. */
const LATE = 3;
const WELL = 2;
const WELL_MS = 5_000;
const LONGEST_WORD = 200;

/** What is remembered of the collection, in Unix milliseconds. */
export interface Collecting {
  /** When a stream was first asked for, without a break in the asking or in the watching. */
  since: number | null;
  lastTickAt: number | null;
}

export function followCollecting(before: Collecting, input: AlertInput, steppedAt: number | null): Collecting {
  const { time, tick, telemetry } = input;
  const asked = telemetry.collection.askedMs !== null && telemetry.state !== 'off' && telemetry.state !== 'asleep';
  // After a sleep of the machine the stream gets its time anew.
  const slept = steppedAt !== null && time - steppedAt > HOLE_MS;
  const since = !asked ? null : slept ? time : (before.since ?? time);
  const lastTickAt = tick ? time : before.lastTickAt;
  return since === before.since && lastTickAt === before.lastTickAt ? before : { since, lastTickAt };
}

type Trouble = 'failed' | 'silent' | 'slow';

function troubleOf(input: AlertInput, { since, lastTickAt }: Collecting): { trouble: Trouble; since?: number } | null {
  const { state, collection } = input.telemetry;
  if (state === 'failed') return { trouble: 'failed' };
  if (state !== 'ok' || since === null || collection.askedMs === null) return null;
  const heard = Math.max(since, lastTickAt ?? since);
  if (input.time - heard > LATE * collection.askedMs) return { trouble: 'silent', since: heard };
  if (collection.reachedMs !== null && collection.reachedMs > LATE * collection.askedMs) return { trouble: 'slow' };
  return null;
}

function verdictOf({ state, collection }: Telemetry, trouble: Trouble | null): Verdict {
  if (trouble) return 'bad';
  // On its way: neither a failure nor its end, so that one that fails at each new start has failed all the time.
  if (state === 'starting') return 'unknown';
  const { askedMs, reachedMs } = collection;
  return state === 'ok' && askedMs !== null && reachedMs !== null && reachedMs > WELL * askedMs ? 'between' : 'good';
}

export function collectionFinding(input: AlertInput, collecting: Collecting): Finding {
  const { settings, telemetry } = input;
  const { on, seconds } = settings.collection;
  const found = on ? troubleOf(input, collecting) : null;
  return {
    key: 'collection',
    kind: 'collection',
    gpuUuid: null,
    verdict: on ? verdictOf(telemetry, found?.trouble ?? null) : 'good',
    raiseMs: seconds * 1000,
    endMs: on && telemetry.state === 'ok' ? WELL_MS : 0,
    ...(found?.since !== undefined && { since: found.since }),
    tell: () => told(telemetry, found?.trouble ?? 'silent', seconds),
  };
}

function told({ fault, collection }: Telemetry, trouble: Trouble, seconds: number): Told {
  const askedMs = Math.round(collection.askedMs ?? 0);
  const reachedMs = Math.round(collection.reachedMs ?? 0);
  if (trouble === 'failed') {
    const said = (fault?.said ?? '').trim().slice(0, LONGEST_WORD);
    return {
      level: 'error',
      message: `No figures of the GPUs for ${seconds} s: nvidia-smi fails (${fault?.kind ?? 'unknown'}${said && `: ${said}`}). What is shown of them is old; everything else goes on, and the panel says what to do.`,
      values: { trouble, seconds, fault: fault?.kind ?? 'unknown', said },
    };
  }
  if (trouble === 'silent')
    return {
      level: 'error',
      message: `No figures of the GPUs for ${seconds} s: nvidia-smi runs and says nothing. What is shown of them is old; if it stays so, restart the machine.`,
      values: { trouble, seconds },
    };
  return {
    level: 'warning',
    message: `Figures of the GPUs come every ${reachedMs} ms, ${askedMs} ms were asked for, for ${seconds} s now. The driver or the machine is busy; persistence mode (nvidia-smi -pm 1) makes each query quicker.`,
    values: { trouble, seconds, askedMs, reachedMs },
  };
}
