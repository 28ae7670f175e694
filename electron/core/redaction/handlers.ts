import type { CommandHandlers } from '#contract';
import { loadDetector } from './detector.ts';
import { createRedactor, type Redactor } from './redactor.ts';

/** What is copied from the panel: without secrets, with names and folders, because a person pastes it on this machine, too. */
export function redactionHandlers(known: () => readonly string[]): Pick<CommandHandlers, 'text.redact'> {
  let redactor: Redactor | null = null;
  return {
    async 'text.redact'({ text }) {
      redactor ??= createRedactor({ detect: await loadDetector(), known });
      return { text: redactor.text(text), removed: redactor.find(text).length };
    },
  };
}
