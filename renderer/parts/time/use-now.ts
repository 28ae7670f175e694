import { useEffect, useState } from 'react';
import { now, onClock } from './now.ts';

/** The current time in Unix milliseconds; re-renders every `intervalMs` while `active`. */
export function useNow(intervalMs: number, active = true): number {
  const [time, setTime] = useState(now);
  useEffect(() => {
    const update = () => setTime(now());
    const unsubscribe = onClock(update);
    if (!active) return unsubscribe;
    update();
    const timer = setInterval(update, intervalMs);
    return () => {
      unsubscribe();
      clearInterval(timer);
    };
  }, [intervalMs, active]);
  return time;
}
