import { type CommandHandlers, PanelError } from '#contract';
import type { Guards } from '../guards/index.ts';
import type { Decisions } from '../runs/index.ts';
import type { Hub } from '../state/index.ts';
import { say } from './sentences.ts';

/** Closing the desktop window: a person decides on the page where a run is in progress. `close`: null without a window. */
export function createClosing(parts: { hub: Hub; decisions: Decisions; close: (() => void) | null }) {
  const { hub, decisions } = parts;
  return {
    /** False where nothing has to be decided; otherwise the page asks. */
    ask(): boolean {
      const needed = decisions.inProgress() !== null;
      hub.set({ closing: needed });
      return needed;
    },
    async close() {
      if (!parts.close) throw new PanelError('unsupported', say('noWindow'));
      parts.close();
    },
    handlers: (guards: Guards): Pick<CommandHandlers, 'app.close' | 'app.keepOpen'> => ({
      'app.close': async ({ when }) => {
        if (!parts.close) throw new PanelError('unsupported', say('noWindow'));
        await guards.decide('close', when);
        hub.set({ closing: false });
      },
      'app.keepOpen': () => hub.set({ closing: false }),
    }),
  };
}

export type Closing = ReturnType<typeof createClosing>;
