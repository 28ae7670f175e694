import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import en from './en.json';
import { chosenLanguage, firstLanguage } from './language.ts';
import zh from './zh.json';

// The browser reads and draws by it: zh-CN takes the simplified shapes of the glyphs.
i18next.on('languageChanged', (language) => {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
});

void i18next.use(initReactI18next).init({
  lng: firstLanguage(chosenLanguage(), navigator.language),
  fallbackLng: 'en',
  resources: { en: { translation: en }, zh: { translation: zh } },
  // React escapes what it draws.
  interpolation: { escapeValue: false },
});

export { keepLanguage, type Language } from './language.ts';
