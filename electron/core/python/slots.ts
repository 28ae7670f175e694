import { pythonIn } from '../base/index.ts';
import { isComplete, removeEnvironment } from './environment.ts';

/**
 * Two folders for the environment that the panel makes: a new one never replaces the one that the backend runs on, and the
 * old one goes with the next start of the panel.
 */
export function createSlots(folder: string) {
  const slots = [folder, `${folder}-2`] as const;
  const complete = () => slots.filter(isComplete);
  return {
    complete,
    /** Where a new one is made; null where both are in use. */
    free: (used: readonly (string | null)[]): string | null =>
      slots.find((slot) => !isComplete(slot)) ?? slots.find((slot) => !used.includes(pythonIn(slot))) ?? null,
    /** Removes what a killed panel left half made, and the old one beside the chosen one. */
    async sweep(chosen: string | null) {
      const hasNewer = slots.some((slot) => pythonIn(slot) === chosen && isComplete(slot));
      for (const slot of slots)
        if (!isComplete(slot) || (hasNewer && pythonIn(slot) !== chosen)) await removeEnvironment(slot);
    },
  };
}
