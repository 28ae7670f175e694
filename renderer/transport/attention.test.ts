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
  const reported: Attention[] = [];
  const stop = watchAttention((level) => reported.push(level), page as unknown as Document, frame as unknown as Window);
  const become = (visibility: DocumentVisibilityState, focused: boolean, eventName: string) => {
    Object.assign(page, { visibilityState: visibility, focused });
    (eventName === 'visibilitychange' ? page : frame).dispatchEvent(new Event(eventName));
  };
  return { reported, stop, become };
}

describe('the attention level', () => {
  it('is reported at once and on each change, never twice in a row', () => {
    const { reported, become } = fakePage();
    become('visible', false, 'blur');
    become('hidden', false, 'visibilitychange');
    become('hidden', false, 'blur');
    become('visible', false, 'visibilitychange');
    become('visible', true, 'focus');
    expect(reported).toEqual(['front', 'visible', 'hidden', 'visible', 'front']);
  });

  it('is not reported after stopping', () => {
    const { reported, stop, become } = fakePage();
    stop();
    become('hidden', false, 'visibilitychange');
    become('visible', false, 'blur');
    expect(reported).toEqual(['front']);
  });
});
