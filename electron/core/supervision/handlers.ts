import type { CommandHandlers } from '#contract';
import type { Guards } from '../guards/index.ts';
import type { Supervision } from './supervision.ts';

export const backendHandlers = (
  supervision: Pick<Supervision, 'start'>,
  { notWhileClearing, hostAllowed, decide }: Guards,
): Pick<CommandHandlers, 'backend.start' | 'backend.restart'> => ({
  'backend.start': async () => {
    notWhileClearing();
    hostAllowed();
    return supervision.start();
  },
  'backend.restart': async ({ when }) => void (await decide('restart', when)),
});
