export { backendEnvironment, type Overrides, overridesIn } from './environment.ts';
export { changesIn, inForce, pendingSettings } from './in-force.ts';
export { createSettingsStore, type SettingsStore } from './settings-store.ts';
export { type ParsedText, parseSettingText, typedOverrides } from './text.ts';
