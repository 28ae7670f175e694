import { useTranslation } from 'react-i18next';
import { fillIn, type Sentence, type SentenceValue } from '#contract';
import { chineseSentences } from './words.ts';

const chineseValue = (value: SentenceValue): string | number => {
  if (typeof value === 'string' || typeof value === 'number') return value;
  return 'code' in value ? chineseOf(value) : value.map(chineseValue).join('、');
};

/** A sentence of an older or newer Headroom may have a code that this one does not know: its English is better than nothing. */
function chineseOf({ code, values, text }: Sentence): string {
  const template = chineseSentences[code];
  if (template === undefined) return text;
  return fillIn(
    template,
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, chineseValue(value)])),
  );
}

export const wordSentence = (sentence: Sentence, language: string): string =>
  language === 'zh' ? chineseOf(sentence) : sentence.text;

/** Words a sentence of the core or the backend in the panel's language; null stays null. */
export function useSentence() {
  const { i18n } = useTranslation();
  return <S extends Sentence | null>(sentence: S) =>
    (sentence === null ? null : wordSentence(sentence, i18n.language)) as S extends null ? string | null : string;
}
