import type { CommandHandlers } from '#contract';
import type { PanelSettings } from './panel-settings.ts';

export const settingsHandlers = (
  settings: PanelSettings,
): Pick<CommandHandlers, 'settings.change' | 'settings.undo' | 'settings.allowHost'> => ({
  'settings.change': ({ values }) => settings.change(values),
  'settings.undo': settings.undo,
  'settings.allowHost': ({ host }) => settings.allowHost(host),
});
