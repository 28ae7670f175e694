import { declareSentences } from '#contract';

export const sentences = declareSentences('serve', {
  portArgument: '--port requires a number from 0 to 65535, not "{{text}}".',
  portInUse: 'Port {{port}} is in use: choose another one with --port.',
  portUnusable: 'Port {{port}} cannot be used ({{reason}}): choose another one with --port.',
});
export const { say } = sentences;
