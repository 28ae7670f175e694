import { useTranslation } from 'react-i18next';

/** As the person's machine writes it (`spoken`), where that speaks the panel's language; else as the language does. */
export const localeOf = (language: string, spoken: readonly string[]) =>
  spoken.find((one) => one.toLowerCase().startsWith(language)) ?? language;

/** Moments (Unix milliseconds) in the panel's language: the day and the time, and either of them. */
export function useMoments() {
  const { i18n } = useTranslation();
  const locale = localeOf(i18n.language, navigator.languages);
  return {
    full: (time: number) => new Date(time).toLocaleString(locale),
    clock: (time: number) => new Date(time).toLocaleTimeString(locale),
    day: (time: number) => new Date(time).toLocaleDateString(locale),
  };
}
