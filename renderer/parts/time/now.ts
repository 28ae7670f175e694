/** The page's clock: the system's, or the recording's during a replay. */
let clock: (() => number) | null = null;
const listeners = new Set<() => void>();

export const now = (): number => (clock ? clock() : Date.now());

/** Replaces the clock (null: the system's) and notifies listeners; call it again after the clock jumps. */
export function setClock(next: (() => number) | null): void {
  clock = next;
  for (const listener of [...listeners]) listener();
}

/** Calls the listener when the clock jumps, not as it advances. Returns the unsubscribe function. */
export function onClock(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
