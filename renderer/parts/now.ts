/** What time it is in the page: the machine's, or the recording's while one is replayed. */
let clock: (() => number) | null = null;
const listeners = new Set<() => void>();

export const now = (): number => (clock ? clock() : Date.now());

/** Null: the machine's own again. Also told after the clock has jumped. */
export function setClock(next: (() => number) | null): void {
  clock = next;
  for (const listener of [...listeners]) listener();
}

/** Called when the time is another at once, not when it goes on. */
export function onClock(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
