/** The moment under the pointer, shared by all charts, outside React: it changes with each movement. */
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
