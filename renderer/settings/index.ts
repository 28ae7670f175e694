export { effectiveValue, plannedDtype } from './effective-settings.ts';
export { Limits } from './limits.tsx';
export { valueText } from './pending-box.tsx';
export { Variables } from './variables/variables.tsx';
