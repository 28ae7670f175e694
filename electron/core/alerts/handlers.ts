import type { CommandHandlers } from '#contract';
import type { Alerts } from './alerts.ts';

export const alertHandlers = (alerts: Alerts): Pick<CommandHandlers, 'alerts.change' | 'alerts.dismiss'> => ({
  async 'alerts.change'({ settings }) {
    await alerts.change(settings);
    return null;
  },
  async 'alerts.dismiss'({ id }) {
    alerts.dismiss(id);
    return null;
  },
});
