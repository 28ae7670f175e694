import { declareSentences } from '#contract';

export const sentences = declareSentences('session', {
  unknownCommand: 'This Headroom has no command "{{name}}": reload the page.',
  unreadableMessage: 'Headroom could not read this message: reload the page.',
});
export const { say } = sentences;
