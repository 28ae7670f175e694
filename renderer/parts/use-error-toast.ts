import i18next from 'i18next';
import { useEffect } from 'react';
import type { Sentence } from '#contract';
import { wordSentence } from '../i18n/index.ts';
import { toast } from './toast.ts';

/** Shows each new error once; a change of the language does not show it again. */
export function useErrorToast(error: Sentence | null): void {
  useEffect(() => {
    if (error) toast(wordSentence(error, i18next.language), { color: 'red' });
  }, [error]);
}
