import type { ISearchDecorationOptions } from '@xterm/addon-search';
import type { ITheme } from '@xterm/xterm';

export type Scheme = 'dark' | 'light';

/** The terminal's sixteen colours in the panel's palette; xterm adjusts a text colour that lacks contrast. */
export const logTheme: Record<Scheme, ITheme> = {
  dark: {
    background: '#0e1116',
    foreground: '#e8ecf1',
    selectionBackground: '#2f66d0',
    selectionInactiveBackground: '#2a5098',
    scrollbarSliderBackground: '#27303b',
    scrollbarSliderHoverBackground: '#3a434f',
    scrollbarSliderActiveBackground: '#5c6875',
    black: '#27303b',
    red: '#f2686b',
    green: '#3ddc97',
    yellow: '#f5b84a',
    blue: '#5a8df0',
    magenta: '#9d7df0',
    cyan: '#43b7d8',
    white: '#b9c2cd',
    brightBlack: '#98a4b3',
    brightRed: '#ff9193',
    brightGreen: '#7be8b8',
    brightYellow: '#ffd27a',
    brightBlue: '#86adf7',
    brightMagenta: '#bca6f7',
    brightCyan: '#7ad0e8',
    brightWhite: '#ffffff',
  },
  light: {
    background: '#f3f5f8',
    foreground: '#161b22',
    selectionBackground: '#b5cdf7',
    selectionInactiveBackground: '#b5cdf7',
    scrollbarSliderBackground: '#d5dbe3',
    scrollbarSliderHoverBackground: '#b9c2cd',
    scrollbarSliderActiveBackground: '#8a95a3',
    black: '#161b22',
    red: '#c0282c',
    green: '#0b7d50',
    yellow: '#8f5c00',
    blue: '#2f66d0',
    magenta: '#7450d8',
    cyan: '#147e9e',
    white: '#66717f',
    brightBlack: '#54606e',
    brightRed: '#a01a1f',
    brightGreen: '#08613e',
    brightYellow: '#6f4700',
    brightBlue: '#1f4fae',
    brightMagenta: '#5836b8',
    brightCyan: '#0d5f78',
    brightWhite: '#2b333d',
  },
};

/** Search matches, and the selected one. */
export const logMatches: Record<Scheme, ISearchDecorationOptions> = {
  dark: {
    matchBackground: '#4a3a12',
    matchOverviewRuler: '#f5b84a',
    activeMatchBackground: '#f5b84a',
    activeMatchColorOverviewRuler: '#f5b84a',
  },
  light: {
    matchBackground: '#f6e3b4',
    matchOverviewRuler: '#8f5c00',
    activeMatchBackground: '#f0b93a',
    activeMatchColorOverviewRuler: '#8f5c00',
  },
};
