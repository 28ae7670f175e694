import type { CommandHandlers } from '#contract';
import type { Models } from './models.ts';

type ModelCommand = 'models.scan' | 'models.forget' | 'models.about' | 'models.convert' | 'models.cancelConversion';

export const modelHandlers = (models: Models): Pick<CommandHandlers, ModelCommand> => ({
  'models.scan': ({ folder }) => models.scan(folder),
  'models.forget': ({ folder }) => models.forget(folder),
  'models.about': ({ path }) => models.about(path),
  'models.convert': async ({ path }) => ({ path: await models.convert(path) }),
  'models.cancelConversion': () => models.cancelConversion(),
});
