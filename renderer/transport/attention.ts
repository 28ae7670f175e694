import type { Attention } from '#contract';

type Page = Pick<Document, 'visibilityState' | 'hasFocus' | 'addEventListener' | 'removeEventListener'>;
type Frame = Pick<Window, 'addEventListener' | 'removeEventListener'>;

/** The page's attention level: focused, visible or hidden. */
function attentionOf(page: Pick<Document, 'visibilityState' | 'hasFocus'>): Attention {
  if (page.visibilityState === 'hidden') return 'hidden';
  return page.hasFocus() ? 'front' : 'visible';
}

/** Reports the attention level now and on each change; returns a function that stops it. */
export function watchAttention(
  report: (level: Attention) => void,
  page: Page = document,
  frame: Frame = window,
): () => void {
  let reported: Attention | null = null;
  const check = () => {
    const level = attentionOf(page);
    if (level !== reported) report(level);
    reported = level;
  };
  page.addEventListener('visibilitychange', check);
  for (const change of ['focus', 'blur'] as const) frame.addEventListener(change, check);
  check();
  return () => {
    page.removeEventListener('visibilitychange', check);
    for (const change of ['focus', 'blur'] as const) frame.removeEventListener(change, check);
  };
}
