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

export const theme = createTheme({
  primaryColor: 'mint',
  primaryShade: { light: 7, dark: 4 },
  colors: { mint },
  autoContrast: true,
  fontFamily: "Inter, 'Noto Sans CJK SC', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono', 'Noto Sans Mono CJK SC', ui-monospace, monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '13px' },
  defaultRadius: 'md',
  // Nothing moves that need not.
  respectReducedMotion: true,
});
