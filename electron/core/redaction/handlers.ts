import type { CommandHandlers } from '#contract';
import { loadDetector } from './detector.ts';
import type { Person } from './person.ts';
import { createRedactor, type Redactor } from './redactor.ts';

/**
 * What is copied from the panel: without secrets. Names and folders stay, because a person pastes it on this machine, too;
 * what is to be shared is without them.
 */
export function redactionHandlers(
  known: () => readonly string[],
  person: Person,
): Pick<CommandHandlers, 'text.redact'> {
  let copying: Redactor | null = null;
  let sharing: Redactor | null = null;
  return {
    async 'text.redact'({ text, person: shared }) {
      const detect = await loadDetector();
      copying ??= createRedactor({ detect, known });
      sharing ??= createRedactor({ detect, known, person });
      const redactor = shared ? sharing : copying;
      return { text: redactor.text(text), removed: redactor.find(text).length };
    },
  };
}
