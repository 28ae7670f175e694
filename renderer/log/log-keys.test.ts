import { expect, it, vi } from 'vitest';
import { logKey } from './log-keys.ts';

const terminal = () => ({ scrollLines: vi.fn(), scrollPages: vi.fn(), scrollToTop: vi.fn(), scrollToBottom: vi.fn() });
const press = (init: KeyboardEventInit, type = 'keydown') => new KeyboardEvent(type, { cancelable: true, ...init });

it('scrolls once per key press', () => {
  const scrolled = terminal();
  const event = press({ key: 'PageUp' });
  expect(logKey(scrolled, event, () => undefined)).toBe(false);
  logKey(scrolled, press({ key: 'PageUp' }, 'keyup'), () => undefined);
  expect(scrolled.scrollPages.mock.calls).toEqual([[-1]]);
  expect(event.defaultPrevented).toBe(true);
});

it.each([{ ctrlKey: true }, { metaKey: true }])('opens the search with F and %j', (held) => {
  const find = vi.fn();
  const event = press({ key: 'f', ...held });
  logKey(terminal(), event, find);
  expect([find.mock.calls.length, event.defaultPrevented]).toEqual([1, true]);
});

it.each([{ key: 'Tab' }, { key: 'c', ctrlKey: true }, { key: 'f' }, { key: 'End', ctrlKey: true }])(
  'leaves %j to the page',
  (init) => {
    const scrolled = terminal();
    const event = press(init);
    expect(logKey(scrolled, event, () => undefined)).toBe(false);
    expect(event.defaultPrevented).toBe(false);
    for (const scroll of Object.values(scrolled)) expect(scroll).not.toHaveBeenCalled();
  },
);
