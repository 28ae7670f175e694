import type { Alert } from '#contract';
import { MINUTE_MS } from '../rules/gpu-rule.ts';
import type { AlertInput, Finding } from '../types.ts';
import { applyJudgement, type Judgement, type Watch } from '../watch.ts';

/** Conditions within this time of the first sample existed before the panel: they are shown without a notification. */
const STARTUP_MS = 10_000;
/** Beyond this the oldest quiet times are dropped: the cost is one extra notification. */
const MAX_QUIET = 500;

export interface Raised {
  alert: Alert;
  /** Outside of its quiet time: show a notification. */
  notify: boolean;
}

export interface Watched {
  watches: ReadonlyMap<string, Watch>;
  /** When the last alert of each group ended, in Unix milliseconds. */
  quiet: ReadonlyMap<string, number>;
  /** The time of the first sample. */
  sampledSince: number | null;
  /** The number of alerts raised so far. */
  count: number;
}

/** Collects the changes of one step. The previous state stays as it is: maps are copied on the first change. */
export function createDraft(before: Watched, input: AlertInput) {
  let { watches, quiet, count } = before;
  const { time, settings } = input;
  const raised: Raised[] = [];
  const ended: Alert[] = [];
  const sampledSince = before.sampledSince ?? (input.tick ? time : null);
  const early = sampledSince !== null && time - sampledSince < STARTUP_MS;

  const put = (key: string, watch: Watch | null) => {
    const next = watches === before.watches ? new Map(watches) : (watches as Map<string, Watch>);
    if (watch) next.set(key, watch);
    else next.delete(key);
    watches = next;
  };
  const raise = (finding: Finding, group: string) => {
    const endedAt = quiet.get(group);
    const again = endedAt !== undefined && time - endedAt < settings.quietMinutes * MINUTE_MS;
    const silent = again || early;
    count += 1;
    const { kind, gpuUuid } = finding;
    // Unique across sessions, because the timeline stores it.
    const id = `${kind}-${Math.trunc(time).toString(36)}-${count}`;
    const about = { id, kind, gpuUuid, since: time, endedAt: null, ...finding.text() };
    const alert: Alert = silent ? { ...about, quiet: true } : about;
    raised.push({ alert, notify: !silent });
    put(finding.key, { since: null, judgedAt: time, alert, group });
  };
  const end = (key: string, { alert, group }: Watch) => {
    if (alert) ended.push({ ...alert, endedAt: time });
    put(key, null);
    const live = [...quiet].filter(([one, at]) => one !== group && time - at < settings.quietMinutes * MINUTE_MS);
    quiet = new Map([...live.slice(1 - MAX_QUIET), [group, time]]);
  };
  const apply = (key: string, watch: Watch | null, judgement: Judgement) => {
    const next = applyJudgement(watch, judgement);
    if (next.change === 'end' && watch) end(key, watch);
    else if (next.watch !== watch) put(key, next.watch);
    return next.change;
  };

  return {
    /** Within the first seconds of samples: the conditions existed before the panel. */
    early,
    raised,
    ended,
    judge(finding: Finding) {
      const watch = watches.get(finding.key) ?? null;
      if (!watch && finding.verdict !== 'bad') return;
      const { verdict, raiseMs, endMs, since, group = finding.key } = finding;
      const change = apply(finding.key, watch, { verdict, time, raiseMs, endMs, group, since });
      if (change === 'raise') raise(finding, group);
    },
    /** Judges the condition with this key as good. */
    clear(key: string, endMs: number) {
      const watch = watches.get(key);
      if (watch) apply(key, watch, { verdict: 'good', time, raiseMs: 0, endMs, group: watch.group });
    },
    has: (key: string) => watches.has(key),
    active: (key: string) => watches.get(key)?.alert ?? null,
    /** The keys of the active alerts of one kind. */
    keysOf(kind: Alert['kind']): string[] {
      const keys: string[] = [];
      for (const [key, watch] of watches) if (watch.alert?.kind === kind) keys.push(key);
      return keys;
    },
    done: (): Watched =>
      watches === before.watches && quiet === before.quiet && sampledSince === before.sampledSince
        ? before
        : { watches, quiet, sampledSince, count },
  };
}

export type Draft = ReturnType<typeof createDraft>;
