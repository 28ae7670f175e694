/** How many items of a list that is sorted by `time` are at or before a moment. */
export function countUpTo<T>(list: readonly T[], moment: number, time: (item: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time(list[middle] as T) <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
