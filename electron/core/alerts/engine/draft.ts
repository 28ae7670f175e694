import type { Alert } from '#contract';
import { MINUTE_MS } from '../rules/gpu-rule.ts';
import type { AlertInput, Finding } from '../types.ts';
import { type Look, turned, type Watch } from '../watch.ts';

/** What is so already when the first figures come was there before the panel: whoever opens it sees it. */
const FOUND_MS = 10_000;
/** Forgotten beyond this, the oldest first: then one alert too many is told. */
const MOST_QUIET = 500;

export interface Raised {
  alert: Alert;
  /** Not in its quiet time: to be told on the desktop. */
  notify: boolean;
}

export interface Watched {
  watches: ReadonlyMap<string, Watch>;
  /** When the last alert like this ended, in Unix milliseconds. */
  quiet: ReadonlyMap<string, number>;
  /** Of the first tick. */
  figuresSince: number | null;
  /** How many have been raised. */
  count: number;
}

/** One step's changes over what was watched before, which stays as it is: maps are copied once something changes. */
export function createDraft(before: Watched, input: AlertInput) {
  let { watches, quiet, count } = before;
  const { time, settings } = input;
  const raised: Raised[] = [];
  const ended: Alert[] = [];
  const figuresSince = before.figuresSince ?? (input.tick ? time : null);
  const early = figuresSince !== null && time - figuresSince < FOUND_MS;

  const put = (key: string, watch: Watch | null) => {
    const next = watches === before.watches ? new Map(watches) : (watches as Map<string, Watch>);
    if (watch) next.set(key, watch);
    else next.delete(key);
    watches = next;
  };
  const raise = (finding: Finding, like: string) => {
    const endedAt = quiet.get(like);
    const again = endedAt !== undefined && time - endedAt < settings.quietMinutes * MINUTE_MS;
    const silent = again || early;
    count += 1;
    const { kind, gpuUuid } = finding;
    // Of all sessions the only one: the timeline keeps it.
    const id = `${kind}-${Math.trunc(time).toString(36)}-${count}`;
    const about = { id, kind, gpuUuid, since: time, endedAt: null, ...finding.tell() };
    const alert: Alert = silent ? { ...about, quiet: true } : about;
    raised.push({ alert, notify: !silent });
    put(finding.key, { since: null, seenAt: time, alert, like });
  };
  const end = (key: string, { alert, like }: Watch) => {
    if (alert) ended.push({ ...alert, endedAt: time });
    put(key, null);
    const live = [...quiet].filter(([one, at]) => one !== like && time - at < settings.quietMinutes * MINUTE_MS);
    quiet = new Map([...live.slice(1 - MOST_QUIET), [like, time]]);
  };
  const look = (key: string, watch: Watch | null, one: Look) => {
    const next = turned(watch, one);
    if (next.turn === 'end' && watch) end(key, watch);
    else if (next.watch !== watch) put(key, next.watch);
    return next.turn;
  };

  return {
    /** Within the first seconds of figures: what is so now was so before. */
    early,
    raised,
    ended,
    judge(finding: Finding) {
      const watch = watches.get(finding.key) ?? null;
      if (!watch && finding.verdict !== 'bad') return;
      const { verdict, raiseMs, endMs, since, like = finding.key } = finding;
      const turn = look(finding.key, watch, {
        verdict,
        time,
        raiseMs,
        endMs,
        like,
        ...(since !== undefined && { since }),
      });
      if (turn === 'raise') raise(finding, like);
    },
    /** What is watched under this key is good now. */
    rest(key: string, endMs: number) {
      const watch = watches.get(key);
      if (watch) look(key, watch, { verdict: 'good', time, raiseMs: 0, endMs, like: watch.like });
    },
    has: (key: string) => watches.has(key),
    lasting: (key: string) => watches.get(key)?.alert ?? null,
    /** The keys of one kind's alerts that last. */
    keysOf(kind: Alert['kind']): string[] {
      const keys: string[] = [];
      for (const [key, watch] of watches) if (watch.alert?.kind === kind) keys.push(key);
      return keys;
    },
    done: (): Watched =>
      watches === before.watches && quiet === before.quiet && figuresSince === before.figuresSince
        ? before
        : { watches, quiet, figuresSince, count },
  };
}

export type Draft = ReturnType<typeof createDraft>;
