import type { EventKind, TimelineEvent } from '#contract';
import { useSentence } from '../i18n/index.ts';

/** Kinds that need no text. An older Headroom stored an English word with them. */
const plain: readonly EventKind[] = ['starting', 'ready', 'stopped', 'applied', 'cleared'];

/** Returns the text of an event in the panel's language: its sentence, or the name that it is about; empty where it has none. */
export function useEventText() {
  const sentence = useSentence();
  return (event: Pick<TimelineEvent, 'kind' | 'text' | 'sentence'>): string =>
    event.sentence ? sentence(event.sentence) : plain.includes(event.kind) ? '' : event.text;
}
