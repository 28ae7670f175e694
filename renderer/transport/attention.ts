import type { Attention } from '#contract';

type Page = Pick<Document, 'visibilityState' | 'hasFocus' | 'addEventListener' | 'removeEventListener'>;
type Frame = Pick<Window, 'addEventListener' | 'removeEventListener'>;

/** How much a page is looked at now. */
export function attentionOf(page: Pick<Document, 'visibilityState' | 'hasFocus'>): Attention {
  if (page.visibilityState === 'hidden') return 'hidden';
  return page.hasFocus() ? 'front' : 'visible';
}

/** Tells it at once and at each change; returns the way to stop. */
export function watchAttention(
  tell: (level: Attention) => void,
  page: Page = document,
  frame: Frame = window,
): () => void {
  let told: Attention | null = null;
  const look = () => {
    const level = attentionOf(page);
    if (level !== told) tell(level);
    told = level;
  };
  page.addEventListener('visibilitychange', look);
  for (const change of ['focus', 'blur'] as const) frame.addEventListener(change, look);
  look();
  return () => {
    page.removeEventListener('visibilitychange', look);
    for (const change of ['focus', 'blur'] as const) frame.removeEventListener(change, look);
  };
}
