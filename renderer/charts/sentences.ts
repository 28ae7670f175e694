import { declareSentences } from '#contract';

export const sentences = declareSentences('charts', {
  endlessExport: 'The export does not advance.',
});

export const { say } = sentences;
