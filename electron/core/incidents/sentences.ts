import { declareSentences } from '#contract';

export const sentences = declareSentences('incidents', {
  unreadable: 'This crash report cannot be read: {{reason}}.',
  damaged: 'This crash report is damaged: its file is kept until you delete it.',
});

export const { say } = sentences;
