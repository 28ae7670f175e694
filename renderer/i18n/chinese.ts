import { joinWords, type Words } from './words.ts';

export const chinese = joinWords(import.meta.glob<Words>('./zh/*.json', { eager: true, import: 'default' }));

/** The Chinese sentences of the core and the backend by code; the English travels with a sentence. */
export const chineseSentences: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(
    import.meta.glob<Record<string, string>>('./sentences/zh/*.json', { eager: true, import: 'default' }),
  ).flatMap(([path, sentences]) => {
    const room = path.replace(/^.*\/|\.json$/g, '');
    return Object.entries(sentences).map(([name, text]) => [`${room}.${name}`, text] as const);
  }),
);
