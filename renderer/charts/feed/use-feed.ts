import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { ProcessWindow } from '#contract';
import { createFeed, type Feed, type FeedState } from './feed.ts';
import { followProcesses, followSeries } from './follow.ts';
import { useRange } from './range.ts';

/** Pixels of room beside a plot: its scale, its edge. */
const BESIDE_PX = 48;

/** Whether an element can be seen now, and how many pixels a plot in it has: what nobody sees asks for nothing. */
export function useSeen<E extends HTMLElement>() {
  const ref = useRef<E>(null);
  const [inView, setInView] = useState(false);
  const [width, setWidth] = useState(0);
  const hidden = useSyncExternalStore(onVisibility, () => document.visibilityState === 'hidden');
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const look = new IntersectionObserver((news) => setInView(news.at(-1)?.isIntersecting ?? false));
    // In steps: while a window is being resized not each of its pixels is another request.
    const size = new ResizeObserver(([news]) =>
      setWidth(news ? Math.max(16, Math.round((news.contentRect.width - BESIDE_PX) / 16) * 16) : 0),
    );
    look.observe(element);
    size.observe(element);
    return () => {
      look.disconnect();
      size.disconnect();
    };
  }, []);
  return { ref, width, seen: inView && !hidden };
}

function onVisibility(listener: () => void) {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

const useOwnFeed = (): Feed => useState(createFeed)[0];

/** One source's series for all its plots: one request, whatever is drawn of it. */
export function useFeed(source: string, metrics: readonly string[], { width, seen }: { width: number; seen: boolean }) {
  const feed = useOwnFeed();
  const range = useRange((state) => state.range);
  const wanted = metrics.join();
  useEffect(() => {
    if (!seen || width === 0) return;
    return followSeries(feed, { source, metrics: wanted.split(','), range, width });
  }, [feed, source, wanted, range, width, seen]);
  return feed;
}

export function useProcessFeed(gpuUuid: string, { width, seen }: { width: number; seen: boolean }) {
  const feed = useOwnFeed();
  const [list, setList] = useState<ProcessWindow['list']>([]);
  const range = useRange((state) => state.range);
  useEffect(() => {
    if (!seen || width === 0) return;
    return followProcesses(feed, { source: gpuUuid, range, width }, (answer) => setList(answer.list));
  }, [feed, gpuUuid, range, width, seen]);
  return { feed, list };
}

/** What a component needs to know of a feed: it renders only when that changes. `select` gives something plain. */
export const useFeedState = <T extends string | number | boolean | null>(feed: Feed, select: (state: FeedState) => T) =>
  useSyncExternalStore(feed.onChange, () => select(feed.state()));
