import { type AfterRun, type AfterRunAction, PanelError, type Run, type When } from '#contract';
import type { Client } from '../backend/index.ts';
import { type PendingEvent, stepPending } from './pending.ts';
import { say } from './sentences.ts';

interface DecisionParts {
  /** Null while no backend is ready. */
  client(): Pick<Client, 'hold'> | null;
  /** The run in progress, or null. */
  current(): Run | null;
  /** Carries an action out; resolves when it is done. */
  perform(action: AfterRunAction): Promise<unknown>;
  /** Why an action that waited for the run cannot be carried out any more, or null. */
  obstacle(action: AfterRunAction): PanelError | null;
  onPending(pending: AfterRun | null): void;
  /** An action that waited for a run has failed; its caller has returned long ago. */
  onFailed(action: AfterRunAction, error: PanelError): void;
}

/**
 * Decides when what would end the run in progress happens: now, or after that run. Every command that ends runs asks here,
 * so that none stops a run without a decision of the caller.
 */
export function createDecisions(parts: DecisionParts) {
  let pending: AfterRun | null = null;
  const take = (event: PendingEvent): AfterRunAction | null => {
    const step = stepPending(pending, event);
    if (step.pending !== pending) parts.onPending(step.pending);
    pending = step.pending;
    return step.perform;
  };
  const current = () => (parts.client() ? parts.current() : null);
  const now = async (action: AfterRunAction) => {
    const perform = take({ type: 'now', action });
    return perform && parts.perform(perform);
  };
  return {
    /**
     * Carries `action` out now where no run is in progress or `when` is now; resolves with its result. Resolves with null
     * where it waits for the run. Throws `busy` where a run is in progress and `when` is missing.
     */
    async decide(action: AfterRunAction, when: When | undefined): Promise<unknown> {
      const client = parts.client();
      const run = current();
      if (!client || !run || when === 'now') return now(action);
      if (when === undefined) throw runInProgress(run);
      await client.hold(true).catch(async (error) => {
        // It may hold its queue although its answer was late.
        if (!pending) await client.hold(false).catch(() => undefined);
        throw error;
      });
      // Read again: the run may have finished, and the next one started, before the backend held its queue.
      const still = current();
      if (!still) return now(action);
      take({ type: 'later', action, reqId: still.req_id, at: Date.now() });
      return null;
    },
    /** Forgets what waits for the run; the queue continues. */
    async cancel(): Promise<void> {
      const client = parts.client();
      if (!pending) return;
      const { action, reqId, since } = pending;
      take({ type: 'cancel' });
      try {
        await client?.hold(false);
      } catch (error) {
        // The queue is still held: the decision stays in sight, so that it can be cancelled again.
        if (!pending && parts.client() === client && current()?.req_id === reqId)
          take({ type: 'later', action, reqId, at: since });
        throw error;
      }
    },
    /** The run that would end, or null. */
    inProgress: current,
    /** Forgets what waits: the panel exits, or another backend replaces the one that holds its queue. */
    drop: () => void take({ type: 'cancel' }),
    /** A run has changed, or the backend's phase. */
    update(): void {
      const action = take({ type: 'run', reqId: current()?.req_id ?? null });
      if (!action) return;
      const obstacle = parts.obstacle(action);
      if (obstacle) parts.onFailed(action, obstacle);
      else parts.perform(action).catch((error) => parts.onFailed(action, PanelError.from(error)));
    },
  };
}

export type Decisions = ReturnType<typeof createDecisions>;

function runInProgress({ req_id, dataset, current_item, total_items }: Run): PanelError {
  const name = dataset.split('/').at(-1) ?? dataset;
  const values = { dataset: name, run: req_id, current: current_item, total: total_items };
  return new PanelError('busy', say('runInProgress', values), { run: req_id });
}
