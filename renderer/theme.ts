import { createTheme, type MantineColorsTuple } from '@mantine/core';

const mint: MantineColorsTuple = [
  '#e6fbf2',
  '#cdf5e4',
  '#9debc8',
  '#6be2ab',
  '#3ddc97',
  '#25c681',
  '#12a067',
  '#0b7d50',
  '#08613e',
  '#04442b',
];

/** The dark theme in Mantine's order: from text to background. */
const dark: MantineColorsTuple = [
  '#e8ecf1',
  '#b9c2cd',
  '#98a4b3',
  '#5c6875',
  '#27303b',
  '#222a34',
  '#1b222b',
  '#151a21',
  '#0e1116',
  '#0a0c10',
];

export const theme = createTheme({
  primaryColor: 'mint',
  primaryShade: { light: 7, dark: 4 },
  colors: { mint, dark },
  autoContrast: true,
  fontFamily: "Inter, 'Noto Sans CJK SC', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono', 'Noto Sans Mono CJK SC', ui-monospace, monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '13px' },
  defaultRadius: 'md',
  respectReducedMotion: true,
  // The element that takes the first focus is not a menu item, and a menu may have no other children.
  components: { Menu: { defaultProps: { withInitialFocusPlaceholder: false } } },
});
