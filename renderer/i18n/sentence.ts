import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { fillIn, joinItems, type Sentence, type SentenceValue } from '#contract';

/** By code; empty until the Chinese words are loaded. */
let chineseSentences: Readonly<Record<string, string>> = {};

export const setChineseSentences = (sentences: typeof chineseSentences) => {
  chineseSentences = sentences;
};

const chineseValue = (value: SentenceValue): string | number => {
  if (typeof value === 'string' || typeof value === 'number') return value;
  return 'code' in value ? chineseOf(value) : joinItems(value.map(chineseValue), '、', '');
};

/** Falls back to English for a code that this version does not know. */
function chineseOf({ code, values, text }: Sentence): string {
  const template = Object.hasOwn(chineseSentences, code) ? chineseSentences[code] : undefined;
  if (template === undefined) return text;
  return fillIn(
    template,
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, chineseValue(value)])),
  );
}

/** The text of a sentence in a language. */
export const wordSentence = (sentence: Sentence, language: string): string =>
  language === 'zh' ? chineseOf(sentence) : sentence.text;

/** Translates a sentence of the core or the backend to the panel's language; null stays null. */
export function useSentence() {
  const { language } = useTranslation().i18n;
  return useCallback(
    <S extends Sentence | null>(sentence: S) =>
      (sentence === null ? null : wordSentence(sentence, language)) as S extends null ? string | null : string,
    [language],
  );
}
