import type { CommandHandlers } from '#contract';
import type { Guards } from '../guards/index.ts';
import type { Adoption } from './adoption.ts';

export const adoptionHandlers = (
  adoption: Pick<Adoption, 'watch' | 'unwatch' | 'takeOver'>,
  { notWhileClearing }: Guards,
): Pick<CommandHandlers, 'adoption.watch' | 'adoption.unwatch' | 'adoption.takeOver'> => ({
  'adoption.watch': async (id) => {
    notWhileClearing();
    return adoption.watch(id);
  },
  'adoption.unwatch': adoption.unwatch,
  'adoption.takeOver': async (id) => {
    notWhileClearing();
    return adoption.takeOver(id);
  },
});
