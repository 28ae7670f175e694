import { type Applied, type Applying, changedSettings, PanelError, type Run, type Settings } from '#contract';
import type { Client } from '../backend/index.ts';
import type { Overrides } from '../settings/index.ts';

export interface ApplyingParts {
  /** Null while no backend is ready. */
  client(): Pick<Client, 'hold'> | null;
  /** The run that is on, or null. */
  current(): Run | null;
  /** Ends the backend and starts it again; resolves when it is ready. */
  restart(): Promise<unknown>;
  settings(): { desired: Settings; running: Partial<Settings> | null; overrides: Overrides };
  tell(applying: Applying | null): void;
  /** It is done; what waited until after a run may have failed, which nobody waits for any more. */
  done(applied: Applied): void;
  failed(error: PanelError): void;
}

/** "Now", or "after this run": whichever is pressed last counts, and there is one restart at a time. */
export function createApplying(parts: ApplyingParts) {
  let waiting: Applying | null = null;
  const set = (next: Applying | null) => {
    waiting = next;
    parts.tell(next);
  };
  const now = async (): Promise<Applied> => {
    set(null);
    await parts.restart();
    const applied = compare(parts.settings());
    parts.done(applied);
    return applied;
  };
  const release = () => parts.client()?.hold(false);

  return {
    async apply(when: 'now' | 'afterRun'): Promise<Applied | null> {
      const client = parts.client();
      if (when === 'now' || !client || !parts.current()) return now();
      await client.hold(true);
      // Looked at again: it may have ended, and the next one begun, before the backend held.
      const run = parts.current();
      if (!run) return now();
      set({ reqId: run.req_id, since: Date.now() });
      return null;
    },
    async cancel(): Promise<void> {
      if (!waiting) return;
      set(null);
      await release();
    },
    /** A run has changed, or the backend is gone. */
    look(): void {
      if (!waiting || parts.current()?.req_id === waiting.reqId) return;
      if (!parts.client()) set(null);
      else now().catch((error) => parts.failed(PanelError.from(error)));
    },
  };
}

export type ApplyingRoom = ReturnType<typeof createApplying>;

/** What was asked for and is not in force, with why: nothing that was pressed may stay without effect unsaid. */
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
