import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react';
import type { RunsTableProps } from './table-props.ts';

interface KeyParts extends Pick<RunsTableProps, 'rows' | 'selection' | 'onDelete' | 'onAnnotate'> {
  count: number;
  scrollTo(index: number): void;
  scroller: RefObject<HTMLElement | null>;
}

/** One row is in the tab order; the keys move it, select and delete. Enter opens its link. */
export function useRowKeys({ count, rows, selection, onDelete, onAnnotate, scrollTo, scroller }: KeyParts) {
  const [active, setActive] = useState(0);
  const wanted = useRef<number | null>(null);
  const move = (to: number) => {
    const index = Math.min(count - 1, Math.max(0, to));
    wanted.current = index;
    setActive(index);
    scrollTo(index);
  };
  // The row may be drawn only after the scroll.
  useEffect(() => {
    if (wanted.current === null) return;
    const link = scroller.current?.querySelector<HTMLElement>(`[data-row="${wanted.current}"]`);
    if (!link) return;
    wanted.current = null;
    link.focus({ preventScroll: true });
  });
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLElement) || event.target.dataset.row === undefined) return;
    const run = rows.row(active);
    const actions: Record<string, () => void> = {
      ArrowDown: () => move(active + 1),
      ArrowUp: () => move(active - 1),
      PageDown: () => move(active + 15),
      PageUp: () => move(active - 15),
      Home: () => move(0),
      End: () => move(count - 1),
      ' ': () => selection.toggle(active, event.shiftKey),
      Delete: () => onDelete(selection.ids.size > 0 ? [...selection.ids] : run ? [run.req_id] : []),
      e: () => run && onAnnotate(run),
      Escape: selection.clear,
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  return { active: Math.min(active, Math.max(0, count - 1)), setActive, onKeyDown };
}
