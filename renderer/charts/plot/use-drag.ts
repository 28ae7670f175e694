import { type PointerEvent, useRef } from 'react';
import { now } from '../../parts/index.ts';
import type { Area } from '../area.ts';
import { moved, type Span, useRange, windowOf } from '../feed/range.ts';
import { cursor } from './cursor.ts';

/** A shorter movement is a click. */
const DRAG_PX = 5;

interface Drag {
  startX: number;
  span: Span;
  pans: boolean;
}

/**
 * Pointer handlers of a plot: moving sets the cursor of all charts, dragging zooms in, dragging with Shift pans, and a double
 * click goes back. `selection` marks the dragged range.
 */
export function useDrag(area: Area, currentSpan: () => Span | null, selection: { current: HTMLElement | null }) {
  const drag = useRef<Drag | null>(null);
  const { zoom, pan } = useRange.getState();
  const xOf = (event: PointerEvent<HTMLElement>) => event.clientX - event.currentTarget.getBoundingClientRect().left;
  const clamp = (x: number) => Math.min(area.width, Math.max(0, x));
  const timeAt = (x: number, span: Span) => span.from + (clamp(x) / area.width) * (span.to - span.from);
  const select = (from: number, to: number) => {
    const style = selection.current?.style;
    if (!style) return;
    style.left = `${Math.min(from, to)}px`;
    style.width = `${Math.abs(to - from)}px`;
  };
  const end = () => {
    drag.current = null;
    select(0, 0);
  };
  return {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      const span = currentSpan();
      if (!span || event.button !== 0 || event.target !== event.currentTarget) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      drag.current = { startX: xOf(event), span, pans: event.shiftKey };
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      const [x, current] = [xOf(event), drag.current];
      const span = currentSpan();
      if (span) cursor.set(timeAt(x, span));
      if (!current) return;
      if (!current.pans) return select(clamp(current.startX), clamp(x));
      const ms = ((current.startX - x) / area.width) * (current.span.to - current.span.from);
      if (Math.abs(current.startX - x) >= DRAG_PX) pan(moved({ kind: 'window', ...current.span }, ms, now()));
    },
    onPointerUp(event: PointerEvent<HTMLElement>) {
      const [x, current] = [xOf(event), drag.current];
      if (current && !current.pans && Math.abs(x - current.startX) >= DRAG_PX) {
        const { startX, span } = current;
        zoom(windowOf(timeAt(startX, span), timeAt(x, span), Math.max(span.to, now())));
      }
      end();
    },
    onPointerCancel: end,
    onPointerLeave: () => cursor.set(null),
    onDoubleClick: () => useRange.getState().back(),
  };
}
