import { loadPty } from '../../backend/index.ts';
import { rebuildTerminal } from '../commands.ts';
import { type CheckPlace, type Found, ok } from '../types.ts';

export function checkTerminal(place: CheckPlace, load: () => unknown = loadPty): Found {
  if (load()) return ok('node-pty is there: the backend runs in a terminal of its own.');
  return {
    state: 'warning',
    sentence: 'node-pty cannot be loaded, so the backend runs on pipes: its output may come in larger pieces.',
    detail: 'It needs a C++ compiler, make and Python where no prebuilt binary suits.',
    fix: rebuildTerminal(place),
  };
}
