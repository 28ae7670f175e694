import { lazy } from 'react';

export { effectiveValue, plannedDtype } from './effective-settings.ts';
export { Limits } from './limits.tsx';
export { useApply } from './use-apply.ts';
export { valueText } from './value-text.ts';
// Of a room of its own: others that use this feature do not load it.
export const Variables = lazy(async () => ({ default: (await import('./variables/variables.tsx')).Variables }));
