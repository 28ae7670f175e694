const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

const KEY = 'headroom-language';

/** The chosen language, else the system's; English if there is no translation for it. */
export function firstLanguage(chosen: string | null, system: string): Language {
  const known = languages.find((language) => language === chosen);
  return known ?? (/^zh\b/i.test(system) ? 'zh' : 'en');
}

export const chosenLanguage = () => localStorage.getItem(KEY);
export const saveLanguage = (language: Language) => localStorage.setItem(KEY, language);
