import { useEffect, useState } from 'react';
import { now, onClock } from './now.ts';

/** The time, drawn anew every so many milliseconds while `on`. */
export function useNow(everyMs: number, on = true): number {
  const [shown, setShown] = useState(now);
  useEffect(() => {
    const look = () => setShown(now());
    const stop = onClock(look);
    if (!on) return stop;
    look();
    const timer = setInterval(look, everyMs);
    return () => {
      stop();
      clearInterval(timer);
    };
  }, [everyMs, on]);
  return shown;
}
