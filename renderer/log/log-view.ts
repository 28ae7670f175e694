import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Terminal } from '@xterm/xterm';
import { TERMINAL_COLUMNS } from '#contract';
import { theme } from '../theme.ts';
import type { StreamUpdate } from '../transport/index.ts';
import { logKey } from './log-keys.ts';
import { logMatches, logTheme, type Scheme } from './log-theme.ts';

/** Scrollback lines, as many as the core's backlog. */
const SCROLLBACK = 10_000;
/** Resets the terminal and hides its cursor. */
const RESET = '\x1bc\x1b[?25l';
/** Ends a colour or a link whose end was skipped. */
const PLAIN = '\x1b[0m\x1b]8;;\x1b\\';

interface LogViewOptions {
  name: string;
  /** The line to show in place of skipped characters. */
  skippedText(characters: number): string;
  onSkipped(characters: number): void;
  /** Reports drawn characters, so that the core sends more. */
  onDrawn(characters: number): void;
  /** False after scrolling up. */
  onFollowing(following: boolean): void;
  /** `index` is the selected match from 0, or -1. */
  onMatches(index: number, count: number): void;
  onLink(address: string): void;
  onFind(): void;
}

export type LogView = ReturnType<typeof createLogView>;

/** The terminal in `place`, outside React because output can arrive in floods. */
export function createLogView(place: HTMLElement, options: LogViewOptions) {
  const terminal = new Terminal({
    disableStdin: true,
    cols: TERMINAL_COLUMNS,
    scrollback: SCROLLBACK,
    fontSize: 12,
    lineHeight: 1.15,
    fontFamily: theme.fontFamilyMonospace,
    minimumContrastRatio: 4.5,
    // Search highlights use a proposed API.
    allowProposedApi: true,
    linkHandler: { activate: (_event, address) => options.onLink(address) },
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  let scheme: Scheme = 'dark';
  let following = true;

  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.open(place);
  terminal.textarea?.setAttribute('aria-label', options.name);
  terminal.write(RESET);
  terminal.attachCustomKeyEventHandler((event) => logKey(terminal, event, options.onFind));
  const updateFollowing = () => {
    const { viewportY, baseY } = terminal.buffer.active;
    if (following === viewportY >= baseY) return;
    following = viewportY >= baseY;
    options.onFollowing(following);
  };
  terminal.onScroll(updateFollowing);
  search.onDidChangeResults(({ resultIndex, resultCount }) => options.onMatches(resultIndex, resultCount));
  const resizeObserver = new ResizeObserver(() => {
    const size = fit.proposeDimensions();
    if (size) terminal.resize(Math.max(TERMINAL_COLUMNS, size.cols), size.rows);
  });
  resizeObserver.observe(place);

  return {
    show({ items, dropped, fresh }: StreamUpdate<'log'>) {
      if (fresh) terminal.write(RESET);
      if (dropped > 0) {
        options.onSkipped(dropped);
        terminal.write(`${PLAIN}\r\n\x1b[33m${options.skippedText(dropped)}\x1b[0m\r\n`);
      }
      const text = items.join('');
      terminal.write(text, () => options.onDrawn(text.length));
    },
    /** `older` goes up from the selected match, `newer` down; `typed` keeps it while it still matches. */
    find(query: string, direction: 'typed' | 'older' | 'newer') {
      const searchOptions = { decorations: logMatches[scheme], incremental: direction === 'typed' };
      if (!query) search.clearDecorations();
      else if (direction === 'newer') search.findNext(query, searchOptions);
      else search.findPrevious(query, searchOptions);
      if (!query) terminal.clearSelection();
    },
    /** The selection, or everything if nothing is selected. */
    text() {
      if (terminal.hasSelection()) return terminal.getSelection();
      terminal.selectAll();
      const all = terminal.getSelection().trimEnd();
      terminal.clearSelection();
      return all;
    },
    clear: () => terminal.clear(),
    follow: () => terminal.scrollToBottom(),
    focus: () => terminal.focus(),
    setScheme(next: Scheme) {
      scheme = next;
      terminal.options.theme = logTheme[next];
    },
    dispose() {
      resizeObserver.disconnect();
      terminal.dispose();
    },
  };
}
