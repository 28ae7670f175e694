import type { EventKind, TimelineEvent } from '#contract';
import type { History } from '../history/index.ts';
import type { Hub } from '../state/index.ts';

/** Adds events to the history and publishes the newest ones. */
export function createTimeline(history: Pick<History, 'addEvent' | 'events'>, hub: Hub) {
  const add = (event: TimelineEvent) => {
    history.addEvent(event);
    hub.set({ events: [...history.events()] });
  };
  return {
    add,
    /** Something that happens now. */
    mark: (kind: EventKind, text = '', more: Pick<TimelineEvent, 'gpuUuid' | 'ref' | 'sentence'> = {}) =>
      add({ time: Date.now(), kind, text, ...more }),
  };
}

export type Timeline = ReturnType<typeof createTimeline>;
