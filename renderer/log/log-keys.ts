import type { Terminal } from '@xterm/xterm';

type Scrolling = Pick<Terminal, 'scrollLines' | 'scrollPages' | 'scrollToTop' | 'scrollToBottom'>;

const scrolls: Record<string, (terminal: Scrolling) => void> = {
  ArrowUp: (terminal) => terminal.scrollLines(-1),
  ArrowDown: (terminal) => terminal.scrollLines(1),
  PageUp: (terminal) => terminal.scrollPages(-1),
  PageDown: (terminal) => terminal.scrollPages(1),
  Home: (terminal) => terminal.scrollToTop(),
  End: (terminal) => terminal.scrollToBottom(),
};

/**
 * What a key does in a log. Always false: nothing is typed into it, and the page keeps its own keys, Tab above all,
 * which a terminal would swallow so that the keyboard could never leave it.
 */
export function logKey(terminal: Scrolling, event: KeyboardEvent, onFind: () => void): false {
  if (event.type !== 'keydown') return false;
  const finds = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'f';
  const scroll = event.ctrlKey || event.metaKey || event.altKey ? undefined : scrolls[event.key];
  if (finds) onFind();
  else scroll?.(terminal);
  if (finds || scroll) event.preventDefault();
  return false;
}
