import { type AfterRun, type AfterRunAction, combinedActions } from '#contract';

/**
 * What a person has decided to do after the run in progress, as a pure function. Its invariant: an accepted decision is
 * carried out when that run ends, however it ends, unless it is cancelled or a later decision contradicts it.
 */

export type PendingEvent =
  /** A person chose `action` for now, or where no run is in progress. */
  | { type: 'now'; action: AfterRunAction }
  /** A person chose `action` for after the run `reqId`, and the backend holds its queue. */
  | { type: 'later'; action: AfterRunAction; reqId: string; at: number }
  /** The run in progress is now `reqId`; null: none is, or the backend has exited. */
  | { type: 'run'; reqId: string | null }
  | { type: 'cancel' };

interface PendingStep {
  pending: AfterRun | null;
  /** The action to carry out now. */
  perform: AfterRunAction | null;
}

export function stepPending(pending: AfterRun | null, event: PendingEvent): PendingStep {
  switch (event.type) {
    case 'now':
      return { pending: null, perform: combinedActions(pending?.action, event.action) };
    case 'later': {
      const { reqId, at } = event;
      return { pending: { action: combinedActions(pending?.action, event.action), reqId, since: at }, perform: null };
    }
    case 'run':
      if (!pending || pending.reqId === event.reqId) return { pending, perform: null };
      return { pending: null, perform: pending.action };
    case 'cancel':
      return { pending: null, perform: null };
  }
}
