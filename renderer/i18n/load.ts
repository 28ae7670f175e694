import i18next from 'i18next';
import { type Language, saveLanguage } from './language.ts';
import { setChineseSentences } from './sentence.ts';

/** Loads a language's words. The Chinese are a file of their own, so that an English page does not wait for them. */
export async function loadLanguage(language: Language): Promise<void> {
  if (language !== 'zh' || i18next.hasResourceBundle('zh', 'translation')) return;
  const { chinese, chineseSentences } = await import('./chinese.ts');
  setChineseSentences(chineseSentences);
  i18next.addResourceBundle('zh', 'translation', chinese);
}

/** Shows the panel in this language, now and in later visits. */
export async function switchLanguage(language: Language): Promise<void> {
  saveLanguage(language);
  await loadLanguage(language);
  await i18next.changeLanguage(language);
}
