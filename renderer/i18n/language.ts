export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

const KEY = 'headroom-language';

/** What a person once chose, else what the system speaks; English where that is none of ours. */
export function firstLanguage(chosen: string | null, spoken: string): Language {
  const own = languages.find((language) => language === chosen);
  return own ?? (/^zh\b/i.test(spoken) ? 'zh' : 'en');
}

export const chosenLanguage = () => localStorage.getItem(KEY);
export const keepLanguage = (language: Language) => localStorage.setItem(KEY, language);
