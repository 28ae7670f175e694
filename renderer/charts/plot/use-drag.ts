import { type PointerEvent, useRef } from 'react';
import { now } from '../../parts/index.ts';
import type { Area } from '../events/clusters.ts';
import { moved, type Span, useRange, windowOf } from '../feed/range.ts';
import { cursor } from './cursor.ts';

/** Less is a click. */
const DRAG_PX = 5;

interface Drag {
  startX: number;
  span: Span;
  pans: boolean;
}

/**
 * The pointer over a plot: it moves the cursor of all charts; dragging zooms in, with Shift it pans.
 * `select` is the box that shows what is being chosen.
 */
export function useDrag(area: Area, spanNow: () => Span | null, select: { current: HTMLElement | null }) {
  const drag = useRef<Drag | null>(null);
  const { zoom, pan } = useRange.getState();
  const placeOf = (event: PointerEvent<HTMLElement>) =>
    event.clientX - event.currentTarget.getBoundingClientRect().left;
  const timeAt = (x: number, span: Span) =>
    span.from + (Math.min(area.width, Math.max(0, x)) / area.width) * (span.to - span.from);
  const box = (from: number, to: number) => {
    const style = select.current?.style;
    if (!style) return;
    style.left = `${Math.min(from, to)}px`;
    style.width = `${Math.abs(to - from)}px`;
  };
  const end = () => {
    drag.current = null;
    box(0, 0);
  };
  return {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      const span = spanNow();
      if (!span || event.button !== 0 || event.target !== event.currentTarget) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      drag.current = { startX: placeOf(event), span, pans: event.shiftKey };
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      const [x, on] = [placeOf(event), drag.current];
      const span = spanNow();
      if (span) cursor.set(timeAt(x, span));
      if (!on) return;
      if (!on.pans) return box(Math.min(area.width, Math.max(0, on.startX)), Math.min(area.width, Math.max(0, x)));
      const ms = ((on.startX - x) / area.width) * (on.span.to - on.span.from);
      if (Math.abs(on.startX - x) >= DRAG_PX) pan(moved({ kind: 'window', ...on.span }, ms, now()));
    },
    onPointerUp(event: PointerEvent<HTMLElement>) {
      const [x, on] = [placeOf(event), drag.current];
      if (on && !on.pans && Math.abs(x - on.startX) >= DRAG_PX)
        zoom(windowOf(timeAt(on.startX, on.span), timeAt(x, on.span), Math.max(on.span.to, now())));
      end();
    },
    onPointerCancel: end,
    onPointerLeave: () => cursor.set(null),
    onDoubleClick: () => useRange.getState().back(),
  };
}
