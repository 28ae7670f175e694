import type { CommandHandlers } from '#contract';
import type { Guards } from '../guards/index.ts';
import type { Adoption } from './adoption.ts';

export const adoptionHandlers = (
  adoption: Pick<Adoption, 'watch' | 'unwatch' | 'takeOver' | 'dismiss'>,
  { notWhileClearing }: Guards,
): Pick<CommandHandlers, Extract<keyof CommandHandlers, `adoption.${string}`>> => ({
  'adoption.watch': async (id) => {
    notWhileClearing();
    return adoption.watch(id);
  },
  'adoption.unwatch': adoption.unwatch,
  'adoption.dismiss': ({ dismissed }) => adoption.dismiss(dismissed),
  'adoption.takeOver': async (id) => {
    notWhileClearing();
    return adoption.takeOver(id);
  },
});
