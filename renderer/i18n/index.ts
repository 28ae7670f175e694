import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { chosenLanguage, firstLanguage } from './language.ts';
import { chinese, english } from './words.ts';

// Screen readers and glyph selection depend on it; zh-CN selects simplified glyphs.
i18next.on('languageChanged', (language) => {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
});

void i18next.use(initReactI18next).init({
  lng: firstLanguage(chosenLanguage(), navigator.language),
  fallbackLng: 'en',
  resources: { en: { translation: english }, zh: { translation: chinese } },
  // React escapes text itself.
  interpolation: { escapeValue: false },
});

export { keepLanguage, type Language } from './language.ts';
export { useSentence, wordSentence } from './sentence.ts';
