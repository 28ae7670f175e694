import { create } from 'zustand';
import type { Settings } from '#contract';
import { usePanel } from '../store.ts';

/** What the settings that were applied last had been before; null where nothing was applied, or it was undone. */
export const useFormer = create<{ former: Partial<Settings> | null }>(() => ({ former: null }));

/** The values in force of the settings that are pending now: what an apply would replace. */
export function aboutToBeReplaced(): Partial<Settings> | null {
  const settings = usePanel.getState().state?.settings;
  if (!settings?.running || settings.pending.length === 0) return null;
  const { running, pending } = settings;
  return Object.fromEntries(pending.filter((name) => running[name] !== undefined).map((name) => [name, running[name]]));
}
