export { backendEnvironment, type Overrides, overridesIn } from './environment.ts';
export { settingsHandlers } from './handlers.ts';
export { changesIn, inForce } from './in-force.ts';
export { createPanelSettings, type PanelSettings } from './panel-settings.ts';
export { createSettingsStore, type SettingsStore } from './settings-store.ts';
export { parseSettingText, typedOverrides } from './text.ts';
