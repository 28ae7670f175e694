import type { CommandHandlers } from '#contract';
import type { Models } from './models.ts';

export const modelHandlers = (models: Models): Pick<CommandHandlers, 'models.scan'> => ({
  'models.scan': ({ folder }) => models.scan(folder),
});
