import type { CommandHandlers } from '#contract';
import type { Pythons } from './python.ts';

type PythonCommand = 'python.list' | 'python.choose' | 'python.create' | 'python.cancel';

export const pythonHandlers = (pythons: Pythons): Pick<CommandHandlers, PythonCommand> => ({
  'python.list': () => pythons.list(),
  'python.choose': ({ path }) => pythons.choose(path),
  'python.create': () => pythons.create(),
  'python.cancel': () => pythons.cancel(),
});
