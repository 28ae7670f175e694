import { useTranslation } from 'react-i18next';

/** As the person's machine writes it (`spoken`), where that speaks the panel's language; else as the language does. */
export const localeOf = (language: string, spoken: readonly string[]) =>
  spoken.find((one) => one.toLowerCase().startsWith(language)) ?? language;

/** Of one width, so that a clock that runs does not move what is beside it. */
const DIGITS = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;

/** Moments (Unix milliseconds) in the panel's language: the day and the time, and either of them. */
export function useMoments() {
  const { i18n } = useTranslation();
  const locale = localeOf(i18n.language, navigator.languages);
  return {
    full: (time: number) => new Date(time).toLocaleString(locale),
    clock: (time: number) => new Date(time).toLocaleTimeString(locale, DIGITS),
    day: (time: number) => new Date(time).toLocaleDateString(locale),
  };
}
