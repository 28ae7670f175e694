import {
  type Applied,
  changedSettings,
  PanelError,
  type Run,
  type Settings,
  type Applying as WaitingApply,
} from '#contract';
import type { Client } from '../backend/index.ts';
import type { Overrides } from '../settings/index.ts';

interface ApplyingParts {
  /** Null while no backend is ready. */
  client(): Pick<Client, 'hold'> | null;
  /** The run in progress, or null. */
  current(): Run | null;
  /** Stops the backend and starts it again; resolves when it is ready. */
  restart(): Promise<unknown>;
  settings(): { desired: Settings; running: Partial<Settings> | null; overrides: Overrides };
  /** What waits for the run in progress, or null. */
  onWaiting(applying: WaitingApply | null): void;
  onApplied(applied: Applied): void;
  /** A restart that waited for a run has failed: no caller waits for it any more. */
  onFailed(error: PanelError): void;
}

/** Applies settings now, or after the run in progress: the last request counts, and there is one restart at a time. */
export function createApplying(parts: ApplyingParts) {
  let waiting: WaitingApply | null = null;
  const set = (next: WaitingApply | null) => {
    waiting = next;
    parts.onWaiting(next);
  };
  const now = async (): Promise<Applied> => {
    set(null);
    await parts.restart();
    const applied = compare(parts.settings());
    parts.onApplied(applied);
    return applied;
  };

  return {
    async apply(when: 'now' | 'afterRun'): Promise<Applied | null> {
      const client = parts.client();
      if (when === 'now' || !client || !parts.current()) return now();
      await client.hold(true);
      // Read again: the run may have finished, and the next one started, before the backend held its queue.
      const run = parts.current();
      if (!run) return now();
      set({ reqId: run.req_id, since: Date.now() });
      return null;
    },
    async cancel(): Promise<void> {
      if (!waiting) return;
      set(null);
      await parts.client()?.hold(false);
    },
    /** A run has changed, or the backend's phase. */
    update(): void {
      if (!waiting || parts.current()?.req_id === waiting.reqId) return;
      if (!parts.client()) set(null);
      else now().catch((error) => parts.onFailed(PanelError.from(error)));
    },
  };
}

export type Applying = ReturnType<typeof createApplying>;

/** The applied settings that are not in effect, each with the reason: none is ignored silently. */
export function compare({ desired, running, overrides }: ReturnType<ApplyingParts['settings']>): Applied {
  const differing = running ? changedSettings(running, desired).filter((name) => running[name] !== undefined) : [];
  return {
    differing: differing.map((name) => ({
      name,
      asked: desired[name],
      inForce: running?.[name] ?? null,
      because: overrides[name] === undefined ? 'unknown' : 'environment',
    })),
  };
}
