import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { chosenLanguage, firstLanguage } from './language.ts';
import { loadLanguage } from './load.ts';
import { english } from './words.ts';

// Screen readers and glyph selection depend on it; zh-CN selects simplified glyphs.
i18next.on('languageChanged', (language) => {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
});

const first = firstLanguage(chosenLanguage(), navigator.language);

void i18next.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: 'en',
  resources: { en: { translation: english } },
  // React escapes text itself.
  interpolation: { escapeValue: false },
});

/** Resolves when the page can be shown in its language; a language that cannot be loaded leaves it English. */
export const languageReady: Promise<unknown> = loadLanguage(first)
  .then(() => i18next.changeLanguage(first))
  .catch(() => undefined);

export type { Language } from './language.ts';
export { switchLanguage } from './load.ts';
export { useSentence, wordSentence } from './sentence.ts';
