import { type AfterRunAction, PanelError, type When } from '#contract';
import type { Client } from '../backend/index.ts';
import { say } from './sentences.ts';

/** What several commands require before they do anything. Each throws a PanelError where it is not met. */
export interface Guards {
  /** No "Clear and restart" is in progress. */
  notWhileClearing(): void;
  /**
   * Carries out what would end the run in progress, now or after that run; resolves with its result, or with null where it
   * waits. Throws where a run is in progress and `when` is missing, or the next start would listen beyond this machine unasked.
   */
  decide(action: AfterRunAction, when: When | undefined): Promise<unknown>;
  /** The next start would not listen beyond this machine unasked. */
  hostAllowed(): void;
  /** Headroom's own backend is selected, not a profile's. */
  ownBackend(): void;
  /** Headroom's own backend is ready; returns its client. */
  client(): Client;
}

export function createGuards(facts: {
  clearing(): boolean;
  profileSelected(): boolean;
  client(): Client | null;
  decide: Guards['decide'];
  requireAllowedHost(): void;
  /** The pid of the server started by hand that is being watched, or null. */
  watching(): number | null;
}): Guards {
  const ownBackend = () => {
    if (facts.profileSelected()) throw new PanelError('not_ready', say('otherBackend'));
  };
  const notWhileClearing = () => {
    if (facts.clearing()) throw new PanelError('busy', say('clearing'));
  };
  return {
    ownBackend,
    notWhileClearing,
    hostAllowed: facts.requireAllowedHost,
    async decide(action, when) {
      notWhileClearing();
      if (action !== 'stop' && action !== 'close') facts.requireAllowedHost();
      return facts.decide(action, when);
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
