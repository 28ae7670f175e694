import { PanelError } from '#contract';
import type { Client } from '../backend/index.ts';
import { say } from './sentences.ts';

/** What several commands require before they do anything. Each throws a PanelError where it is not met. */
export interface Guards {
  /** No "Clear and restart" is in progress. */
  notWhileClearing(): void;
  /** Headroom's own backend is selected, not a profile's. */
  ownBackend(): void;
  /** Headroom's own backend is ready; returns its client. */
  client(): Client;
}

export function createGuards(facts: {
  clearing(): boolean;
  profileSelected(): boolean;
  client(): Client | null;
  /** The pid of the server started by hand that is being watched, or null. */
  watching(): number | null;
}): Guards {
  const ownBackend = () => {
    if (facts.profileSelected()) throw new PanelError('not_ready', say('otherBackend'));
  };
  return {
    ownBackend,
    notWhileClearing() {
      if (facts.clearing()) throw new PanelError('busy', say('clearing'));
    },
    client() {
      ownBackend();
      const client = facts.client();
      if (client) return client;
      const pid = facts.watching();
      throw pid === null
        ? new PanelError('not_ready', say('notReady'))
        : new PanelError('refused', say('watchOnly', { pid }));
    },
  };
}
