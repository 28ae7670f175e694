import { useTranslation } from 'react-i18next';

/** The first of the browser's locales in the panel's language, which carries the region's formats; else the language itself. */
export const localeOf = (language: string, locales: readonly string[]) =>
  locales.find((locale) => locale.toLowerCase().startsWith(language)) ?? language;

/** Fixed width, so that a running clock does not shift its neighbours. */
const DIGITS = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;

const BRIEF = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' } as const;

/** Formats Unix milliseconds in the panel's language: `brief` is for narrow columns, `full` is date and time, `clock` the time, `day` the date. */
export function useTimeFormat() {
  const { i18n } = useTranslation();
  const locale = localeOf(i18n.language, navigator.languages);
  return {
    full: (time: number) => new Date(time).toLocaleString(locale),
    brief: (time: number) => new Date(time).toLocaleString(locale, BRIEF),
    clock: (time: number) => new Date(time).toLocaleTimeString(locale, DIGITS),
    day: (time: number) => new Date(time).toLocaleDateString(locale),
  };
}
