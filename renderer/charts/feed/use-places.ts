import { useEffect } from 'react';
import { useReplayed } from '../../replay/index.ts';
import { usePlace } from '../../routes/index.ts';
import { placeOf, rangeAt, useRange } from './range.ts';

/** Dragging changes the range with each movement of the pointer, and a browser limits changes of the address. */
const WRITE_MS = 300;

/** Keeps the time range in the address. A recording has its own, which is not kept. */
export function useRangeInAddress() {
  const [place, setPlace] = usePlace('range');
  const recorded = useReplayed(({ replay }) => replay !== null);
  const range = useRange((state) => state.range);
  useEffect(() => useRange.getState().setRecorded(recorded), [recorded]);
  useEffect(() => {
    if (placeOf(useRange.getState().range) !== place) useRange.getState().show(rangeAt(place));
  }, [place]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of the range writes it.
  useEffect(() => {
    if (recorded) return;
    const timer = setTimeout(() => setPlace(placeOf(useRange.getState().range)), WRITE_MS);
    return () => clearTimeout(timer);
  }, [range, recorded, setPlace]);
}
