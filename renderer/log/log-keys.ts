import type { Terminal } from '@xterm/xterm';

type Scrollable = Pick<Terminal, 'scrollLines' | 'scrollPages' | 'scrollToTop' | 'scrollToBottom'>;

const scrolls: Record<string, (terminal: Scrollable) => void> = {
  ArrowUp: (terminal) => terminal.scrollLines(-1),
  ArrowDown: (terminal) => terminal.scrollLines(1),
  PageUp: (terminal) => terminal.scrollPages(-1),
  PageDown: (terminal) => terminal.scrollPages(1),
  Home: (terminal) => terminal.scrollToTop(),
  End: (terminal) => terminal.scrollToBottom(),
};

/**
 * Handles a key in the log. Always false, so that xterm ignores the key: the log takes no input, and Tab must move the
 * focus out of it.
 */
export function logKey(terminal: Scrollable, event: KeyboardEvent, onFind: () => void): false {
  if (event.type !== 'keydown') return false;
  const isFind = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'f';
  const scroll = event.ctrlKey || event.metaKey || event.altKey ? undefined : scrolls[event.key];
  if (isFind) onFind();
  else scroll?.(terminal);
  if (isFind || scroll) event.preventDefault();
  return false;
}
