import { useCallback } from 'react';
import { useLocationProperty } from 'wouter/use-browser-location';
import { navigate } from 'wouter/use-hash-location';

/**
 * One part of what is open in a room (a chart's tab, an open GPU), kept in the address: a reload and a shared link come
 * back to it. Null where the address does not name it.
 */
export function usePlace(name: string): [string | null, (value: string | null) => void] {
  const value = useLocationProperty(() => placesOf(window.location).get(name));
  const set = useCallback(
    (next: string | null) =>
      changePlaces((places) => {
        if (next === null) places.delete(name);
        else places.set(name, next);
      }),
    [name],
  );
  return [value, set];
}

const placesOf = ({ search }: Location) => new URLSearchParams(search);

/** Changes what the address names without a new entry in the history. */
export function changePlaces(change: (places: URLSearchParams) => void): void {
  const places = placesOf(window.location);
  change(places);
  navigate(`${window.location.hash}?${places}`, { replace: true });
}
