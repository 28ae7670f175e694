import type { Telemetry } from '#contract';
import { say } from '../sentences.ts';
import type { AlertInput, AlertText, Finding, Verdict } from '../types.ts';
import { GAP_MS } from '../watch.ts';

/** Delays in polling intervals: over `LATE` is silent or slow, below `OK` is good again. */
const LATE = 3;
const OK = 2;
const OK_MS = 5_000;
const MAX_OUTPUT = 200;

/** The memory about telemetry, in Unix milliseconds. */
export interface Collecting {
  /** Since when polling is on, without interruption of the polling or of this watch. */
  since: number | null;
  lastTickAt: number | null;
}

export function followCollecting(before: Collecting, input: AlertInput, steppedAt: number | null): Collecting {
  const { time, tick, telemetry } = input;
  const polling = telemetry.collection.askedMs !== null && telemetry.state !== 'off' && telemetry.state !== 'asleep';
  // After the machine slept, the time of the stream starts again.
  const slept = steppedAt !== null && time - steppedAt > GAP_MS;
  const since = !polling ? null : slept ? time : (before.since ?? time);
  const lastTickAt = tick ? time : before.lastTickAt;
  return since === before.since && lastTickAt === before.lastTickAt ? before : { since, lastTickAt };
}

type Trouble = 'failed' | 'silent' | 'slow';

function troubleOf(input: AlertInput, { since, lastTickAt }: Collecting): { trouble: Trouble; since?: number } | null {
  const { state, collection } = input.telemetry;
  if (state === 'failed') return { trouble: 'failed' };
  if (state !== 'ok' || since === null || collection.askedMs === null) return null;
  const lastHeard = Math.max(since, lastTickAt ?? since);
  // On a busy machine a sample may take seconds: that is slow, not silent.
  const expectedMs = Math.max(collection.askedMs, collection.reachedMs ?? 0);
  if (input.time - lastHeard > LATE * expectedMs) return { trouble: 'silent', since: lastHeard };
  if (collection.reachedMs !== null && collection.reachedMs > LATE * collection.askedMs) return { trouble: 'slow' };
  return null;
}

function verdictOf({ state, collection }: Telemetry, trouble: Trouble | null): Verdict {
  if (trouble) return 'bad';
  // Starting is neither a failure nor its end: a stream that fails at each start has failed continuously.
  if (state === 'starting') return 'unknown';
  const { askedMs, reachedMs } = collection;
  return state === 'ok' && askedMs !== null && reachedMs !== null && reachedMs > OK * askedMs ? 'between' : 'good';
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
    endMs: on && telemetry.state === 'ok' ? OK_MS : 0,
    ...(found?.since !== undefined && { since: found.since }),
    text: () => textOf(telemetry, found?.trouble ?? 'silent', seconds),
  };
}

function textOf({ fault, collection }: Telemetry, trouble: Trouble, seconds: number): AlertText {
  const askedMs = Math.round(collection.askedMs ?? 0);
  const reachedMs = Math.round(collection.reachedMs ?? 0);
  if (trouble === 'failed') {
    const kind = fault?.kind ?? 'unknown';
    const output = fault ? outputOf(fault) : '';
    const about = { seconds, fault: kind };
    return {
      level: 'error',
      sentence: output ? say('telemetryFailedOutput', { ...about, output }) : say('telemetryFailed', about),
      values: { trouble, seconds, fault: kind, output },
    };
  }
  if (trouble === 'silent')
    return {
      level: 'error',
      sentence: say('telemetrySilent', { seconds }),
      values: { trouble, seconds },
    };
  return {
    level: 'warning',
    sentence: say('telemetrySlow', { reachedMs, askedMs, seconds }),
    values: { trouble, seconds, askedMs, reachedMs },
  };
}

/** The program's own text, bounded; a sentence of ours stays one, so that the panel words it. */
const outputOf = ({ sentence }: NonNullable<Telemetry['fault']>) =>
  sentence.code === 'verbatim' ? sentence.text.trim().slice(0, MAX_OUTPUT) : sentence;
