import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Terminal } from '@xterm/xterm';
import { TERMINAL_COLUMNS } from '#contract';
import { theme } from '../theme.ts';
import type { StreamNews } from '../transport/index.ts';
import { logKey } from './log-keys.ts';
import { logMatches, logTheme, type Scheme } from './log-theme.ts';

/** How far back a person can scroll; the core's backlog is as long. */
const LINES = 10_000;
/** A page that is opened anew begins with nothing, and a view that only shows has no cursor. */
const RESET = '\x1bc\x1b[?25l';
/** What was skipped may have ended a colour or a link. */
const PLAIN = '\x1b[0m\x1b]8;;\x1b\\';

export interface LogViewOptions {
  name: string;
  /** The line that stands where characters were skipped. */
  skippedHere(characters: number): string;
  onSkipped(characters: number): void;
  /** So many characters are drawn: more may come. */
  onDrawn(characters: number): void;
  /** False when the person has scrolled up. */
  onFollowing(following: boolean): void;
  /** `index` counts from 0, -1 where none is chosen. */
  onMatches(index: number, count: number): void;
  onLink(address: string): void;
  onFind(): void;
}

export type LogView = ReturnType<typeof createLogView>;

/** The terminal in the page, without React: what it shows comes in floods. */
export function createLogView(place: HTMLElement, options: LogViewOptions) {
  const terminal = new Terminal({
    disableStdin: true,
    cols: TERMINAL_COLUMNS,
    scrollback: LINES,
    fontSize: 12,
    lineHeight: 1.15,
    fontFamily: theme.fontFamilyMonospace,
    minimumContrastRatio: 4.5,
    // The highlights of a search are drawn through it.
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
  const look = () => {
    const { viewportY, baseY } = terminal.buffer.active;
    if (following === viewportY >= baseY) return;
    following = viewportY >= baseY;
    options.onFollowing(following);
  };
  terminal.onScroll(look);
  search.onDidChangeResults(({ resultIndex, resultCount }) => options.onMatches(resultIndex, resultCount));
  const resized = new ResizeObserver(() => {
    const fitting = fit.proposeDimensions();
    if (fitting) terminal.resize(Math.max(TERMINAL_COLUMNS, fitting.cols), fitting.rows);
  });
  resized.observe(place);

  return {
    show({ items, dropped, fresh }: StreamNews<'log'>) {
      if (fresh) terminal.write(RESET);
      if (dropped > 0) {
        options.onSkipped(dropped);
        terminal.write(`${PLAIN}\r\n\x1b[33m${options.skippedHere(dropped)}\x1b[0m\r\n`);
      }
      const text = items.join('');
      terminal.write(text, () => options.onDrawn(text.length));
    },
    /** `older` goes up from the match that is chosen, `newer` down; `typed` stays at it while it still matches. */
    find(words: string, way: 'typed' | 'older' | 'newer') {
      const about = { decorations: logMatches[scheme], incremental: way === 'typed' };
      if (!words) search.clearDecorations();
      else if (way === 'newer') search.findNext(words, about);
      else search.findPrevious(words, about);
      if (!words) terminal.clearSelection();
    },
    /** What is selected, else everything. */
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
      resized.disconnect();
      terminal.dispose();
    },
  };
}
