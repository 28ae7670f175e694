import type { Sentence } from '#contract';
import type { Hub, Notices } from '../state/index.ts';

/** Adds a notice when the backend has replaced a damaged results file: once for each, also after the notice was dismissed. */
export function followRecovery(hub: Hub, notices: Notices): void {
  let known: Sentence | null = null;
  hub.onState(({ backend }) => {
    const sentence = backend.storage?.recovered ?? null;
    if (sentence === null || sentence.text === known?.text) return;
    known = sentence;
    notices.add({ level: 'warning', code: 'results_recovered', sentence });
  });
}
