import type { CommandHandlers } from '#contract';
import type { Alerts } from './alerts.ts';

export const alertHandlers = (alerts: Alerts): Pick<CommandHandlers, 'alerts.change' | 'alerts.dismiss'> => ({
  'alerts.change': ({ settings }) => alerts.change(settings),
  'alerts.dismiss': async ({ id }) => alerts.dismiss(id),
});
