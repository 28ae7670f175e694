import { useEffect, useState } from 'react';
import { type LogLine, PanelError } from '#contract';
import { core } from '../../store.ts';

const EVERY_MS = 500;
/** As many as the core keeps. */
const KEPT = 10_000;

/** The newest lines of the backend's output, followed while the view is open; null until the first answer. */
export function useLines(): { lines: readonly LogLine[] | null; error: PanelError | null } {
  const [lines, setLines] = useState<readonly LogLine[] | null>(null);
  const [error, setError] = useState<PanelError | null>(null);
  useEffect(() => {
    let next: number | null = 0;
    let timer: ReturnType<typeof setTimeout>;
    let closed = false;
    const read = async () => {
      try {
        const answer: { lines: LogLine[]; next: number } = await core.call('log.lines', { from: next });
        if (closed) return;
        setError(null);
        // A smaller number means that the panel has started anew.
        const anew = next !== null && answer.next < next;
        next = anew ? 0 : answer.next;
        if (anew) setLines([]);
        else if (answer.lines.length > 0 || next === 0)
          setLines((before) => [...(before ?? []), ...answer.lines].slice(-KEPT));
        timer = setTimeout(read, answer.lines.length > 0 && !document.hidden ? EVERY_MS / 5 : EVERY_MS);
      } catch (failure) {
        if (closed) return;
        setError(PanelError.from(failure));
        timer = setTimeout(read, 4 * EVERY_MS);
      }
    };
    void read();
    return () => {
      closed = true;
      clearTimeout(timer);
    };
  }, []);
  return { lines, error };
}
