import { declareSentences } from '#contract';

export const sentences = declareSentences('claim', {
  alreadyRunning:
    'Headroom is already running with this data folder (process {{pid}}): use that one, or quit it first.',
  alreadyRunningSilent:
    'Headroom is already running with this data folder, and does not answer: quit it, or set HEADROOM_HOME to another folder.',
  runningElsewhere:
    'Headroom is running with this data folder on {{host}} (process {{pid}}): quit it there, or set HEADROOM_HOME to another folder here.',
  runningInBrowser: 'Headroom is already running (process {{pid}}) at the address below.',
  runningInWindow: 'Headroom is already running (process {{pid}}): its window is in front now.',
  folderSilent:
    'The data folder {{folder}} does not answer: reconnect its disk, or set HEADROOM_HOME to another folder.',
});
export const { say } = sentences;
