import type { CommandHandlers } from '#contract';
import type { Views } from './views.ts';

export { openViews, type Views } from './views.ts';

export const viewHandlers = (views: Views): Pick<CommandHandlers, 'views.save' | 'views.remove'> => ({
  'views.save': (view) => views.save(view),
  'views.remove': ({ id }) => views.remove(id),
});
