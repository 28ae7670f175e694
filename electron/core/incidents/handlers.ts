import type { CommandHandlers } from '#contract';
import type { Crashes } from './crashes.ts';

export const crashHandlers = (
  crashes: Crashes,
): Pick<CommandHandlers, Extract<keyof CommandHandlers, `crashes.${string}`>> => ({
  'crashes.list': crashes.list,
  'crashes.get': ({ id }) => crashes.get(id),
  'crashes.export': ({ id }) => crashes.export(id),
  'crashes.delete': ({ id }) => crashes.delete(id),
});
