import { describe, expect, it } from 'vitest';
import type { Attention } from '#contract';
import { watchAttention } from './attention.ts';

function fakePage() {
  const page = Object.assign(new EventTarget(), {
    visibilityState: 'visible' as DocumentVisibilityState,
    focused: true,
    hasFocus: () => page.focused,
  });
  const frame = new EventTarget();
  const told: Attention[] = [];
  const stop = watchAttention((level) => told.push(level), page as unknown as Document, frame as unknown as Window);
  const become = (visibility: DocumentVisibilityState, focused: boolean, by: string) => {
    Object.assign(page, { visibilityState: visibility, focused });
    (by === 'visibilitychange' ? page : frame).dispatchEvent(new Event(by));
  };
  return { told, stop, become };
}

describe('how much a page is looked at', () => {
  it('is told at once and at each change, and never twice the same', () => {
    const { told, become } = fakePage();
    become('visible', false, 'blur');
    become('hidden', false, 'visibilitychange');
    become('hidden', false, 'blur');
    become('visible', false, 'visibilitychange');
    become('visible', true, 'focus');
    expect(told).toEqual(['front', 'visible', 'hidden', 'visible', 'front']);
  });

  it('is told no more once stopped', () => {
    const { told, stop, become } = fakePage();
    stop();
    become('hidden', false, 'visibilitychange');
    become('visible', false, 'blur');
    expect(told).toEqual(['front']);
  });
});
