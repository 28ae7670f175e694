import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { ProcessWindow } from '#contract';
import { createFeed, type Feed, type FeedState } from './feed.ts';
import { followProcesses, followSeries } from './follow.ts';
import { useRange } from './range.ts';

/** The width of a plot's value axis and margin. */
const AXIS_PX = 48;

/** Whether an element is on screen, and the width of a plot in it in pixels; 0 until it is measured. */
export function useVisible<E extends HTMLElement>() {
  const ref = useRef<E>(null);
  const [inView, setInView] = useState(false);
  const [width, setWidth] = useState(0);
  const hidden = useSyncExternalStore(onVisibility, () => document.visibilityState === 'hidden');
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const visibility = new IntersectionObserver((entries) => setInView(entries.at(-1)?.isIntersecting ?? false));
    // Rounded, so that resizing the window does not send a request per pixel.
    const size = new ResizeObserver(([entry]) =>
      setWidth(entry ? Math.max(WIDTH_STEP_PX, roundWidth(entry.contentRect.width - AXIS_PX)) : 0),
    );
    visibility.observe(element);
    size.observe(element);
    return () => {
      visibility.disconnect();
      size.disconnect();
    };
  }, []);
  return { ref, width, visible: inView && !hidden };
}

function onVisibility(listener: () => void) {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

const WIDTH_STEP_PX = 16;
const roundWidth = (width: number) => Math.round(width / WIDTH_STEP_PX) * WIDTH_STEP_PX;

const useOwnFeed = (): Feed => useState(createFeed)[0];

/** One feed for all plots of a source; paused while they are not visible. */
export function useFeed(
  source: string,
  metrics: readonly string[],
  { width, visible }: { width: number; visible: boolean },
) {
  const feed = useOwnFeed();
  const range = useRange((state) => state.range);
  const names = metrics.join();
  useEffect(() => {
    if (!visible || width === 0) return;
    return followSeries(feed, { source, metrics: names.split(','), range, width });
  }, [feed, source, names, range, width, visible]);
  return feed;
}

/** The feed of a GPU's processes, and their list. */
export function useProcessFeed(gpuUuid: string, { width, visible }: { width: number; visible: boolean }) {
  const feed = useOwnFeed();
  const [list, setList] = useState<ProcessWindow['list']>([]);
  const range = useRange((state) => state.range);
  useEffect(() => {
    if (!visible || width === 0) return;
    return followProcesses(feed, { source: gpuUuid, range, width }, setList);
  }, [feed, gpuUuid, range, width, visible]);
  return { feed, list };
}

/** Selects a value of a feed's state; re-renders only if it changes, so `select` must return the same object for the same state. */
export const useFeedState = <T>(feed: Feed, select: (state: FeedState) => T) =>
  useSyncExternalStore(feed.onChange, () => select(feed.state()));
