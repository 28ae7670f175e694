import { loadPty } from '../../backend/index.ts';
import { rebuildTerminal } from '../commands.ts';
import { say } from '../sentences.ts';
import { type CheckPlace, type Found, ok } from '../types.ts';

export function checkTerminal(place: CheckPlace, load: () => unknown = loadPty): Found {
  if (load()) return ok(say('terminal'));
  return {
    state: 'warning',
    sentence: say('terminalMissing'),
    detail: [say('terminalNeeds')],
    fix: rebuildTerminal(place),
  };
}
