import type { CommandHandlers } from '#contract';
import type { History } from './history.ts';

export const historyHandlers = (
  history: History,
): Pick<CommandHandlers, Extract<keyof CommandHandlers, `history.${string}`>> => ({
  'history.window': history.window,
  'history.events': history.eventsWithin,
  'history.processes': history.processes,
  'history.export': history.export,
});
