interface Listeners<T> {
  notify(value: T): void;
  /** Returns a function that unsubscribes. */
  add(listener: (value: T) => void): () => void;
}

export function createListeners<T>(): Listeners<T> {
  const listeners = new Set<(value: T) => void>();
  return {
    notify(value) {
      for (const listener of [...listeners]) listener(value);
    },
    add(listener) {
      // Wrapped, so that one function added twice is two subscriptions that end separately.
      const own = (value: T) => listener(value);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}
