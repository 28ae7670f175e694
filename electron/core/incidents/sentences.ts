import { declareSentences } from '#contract';

export const sentences = declareSentences('incidents', {
  unreadable: 'This crash report cannot be read: {{reason}}.',
  notSaved: 'A report of this problem could not be saved ({{reason}}): free some disk space.',
  damaged: 'This crash report is damaged: its file is kept until you delete it.',
});

export const { say } = sentences;
