export interface Bell {
  ring(): void;
  /** How often it has rung. */
  rings(): number;
  /** Resolves once it has rung more often than `rings`, which may be so already, or after `ms`. */
  beyond(rings: number, ms?: number): Promise<void>;
}

/** What a loop waits at: it notes the count, looks at the state, and so misses no ring in between. */
export function createBell(): Bell {
  let count = 0;
  const waiting = new Set<() => void>();
  return {
    ring() {
      count += 1;
      const all = [...waiting];
      waiting.clear();
      for (const wake of all) wake();
    },
    rings: () => count,
    beyond(rings, ms) {
      if (count > rings) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        };
        const timer = ms === undefined ? undefined : setTimeout(wake, ms);
        waiting.add(wake);
      });
    },
  };
}
