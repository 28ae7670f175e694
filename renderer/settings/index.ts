export { effectiveValue, plannedDtype } from './effective-settings.ts';
export { Limits } from './limits.tsx';
export { useApply } from './use-apply.ts';
export { valueText } from './value-text.ts';
export { Variables } from './variables/variables.tsx';
