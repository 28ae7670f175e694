import { PanelError, type Sentence } from '#contract';
import type { Holder } from './claim-socket.ts';
import { say } from './sentences.ts';

/** What a second panel says about the one that is running. Throws a PanelError where that one cannot be shown. */
export function alreadyRunning({ pid, url, shell }: Holder): Sentence {
  if (pid === null) throw new PanelError('busy', say('alreadyRunningSilent'));
  if (shell === 'desktop') return say('runningInWindow', { pid });
  if (url === null) throw new PanelError('busy', say('alreadyRunning', { pid }));
  return say('runningInBrowser', { pid });
}
