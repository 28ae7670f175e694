import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { chosenLanguage, firstLanguage } from './language.ts';
import { chinese, english } from './words.ts';

// The browser reads aloud and picks glyphs by it: zh-CN takes the simplified shapes.
i18next.on('languageChanged', (language) => {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
});

void i18next.use(initReactI18next).init({
  lng: firstLanguage(chosenLanguage(), navigator.language),
  fallbackLng: 'en',
  resources: { en: { translation: english }, zh: { translation: chinese } },
  // React escapes what it draws.
  interpolation: { escapeValue: false },
});

export { keepLanguage, type Language } from './language.ts';
export { useSentence, wordSentence } from './sentence.ts';
