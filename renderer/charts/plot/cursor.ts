/** The time under the pointer, shared by all charts; outside React because it changes with each pointer movement. */
function createCursor() {
  let time: number | null = null;
  const listeners = new Set<() => void>();
  return {
    time: () => time,
    set(next: number | null) {
      if (next === time) return;
      time = next;
      for (const listener of [...listeners]) listener();
    },
    onChange(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

export const cursor = createCursor();
