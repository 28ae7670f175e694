interface Notifier {
  notify(): void;
  /** The number of notifications so far. */
  count(): number;
  /** Resolves once there have been more than `count` notifications, possibly at once, or after `ms`. */
  after(count: number, ms?: number): Promise<void>;
}

/** Wakes a waiting loop. The loop reads the count before the state, and so misses no notification in between. */
export function createNotifier(): Notifier {
  let total = 0;
  const waiting = new Set<() => void>();
  return {
    notify() {
      total += 1;
      const all = [...waiting];
      waiting.clear();
      for (const wake of all) wake();
    },
    count: () => total,
    after(count, ms) {
      if (total > count) return Promise.resolve();
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
