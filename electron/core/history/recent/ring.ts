interface Ring<T> {
  readonly size: number;
  push(item: T): void;
  /** Drops the oldest items while `isOld` is true. */
  dropWhile(isOld: (item: T) => boolean): void;
  last(): T | null;
  /** Oldest first; a copy. */
  toArray(): T[];
}

/** The newest `capacity` items; adding and dropping take constant time. */
export function createRing<T>(capacity: number): Ring<T> {
  if (!Number.isInteger(capacity) || capacity < 1)
    throw new RangeError(`A ring holds at least one item, not ${capacity}.`);
  // A free slot keeps no reference, so that a dropped item can be collected.
  const slots: (T | undefined)[] = new Array(capacity);
  let start = 0;
  let size = 0;

  const at = (position: number) => slots[(start + position) % capacity] as T;
  const dropOldest = () => {
    slots[start] = undefined;
    start = (start + 1) % capacity;
    size -= 1;
  };

  return {
    get size() {
      return size;
    },
    push(item) {
      if (size === capacity) dropOldest();
      slots[(start + size) % capacity] = item;
      size += 1;
    },
    dropWhile(isOld) {
      while (size > 0 && isOld(at(0))) dropOldest();
    },
    last: () => (size === 0 ? null : at(size - 1)),
    toArray: () => Array.from({ length: size }, (_, position) => at(position)),
  };
}
