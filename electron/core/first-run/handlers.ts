import type { CommandHandlers } from '#contract';
import type { FirstRuns } from './first-run.ts';

export const firstRunHandlers = (firstRun: FirstRuns): Pick<CommandHandlers, 'firstRun.skip' | 'firstRun.dismiss'> => ({
  'firstRun.skip': ({ step }) => firstRun.skip(step),
  'firstRun.dismiss': () => firstRun.finish(),
});
