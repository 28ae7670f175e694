import { declareSentences } from '#contract';

export const sentences = declareSentences('transport', {
  lost: 'The connection to Headroom was lost.',
  disconnected: 'Headroom is not connected.',
});

export const { say } = sentences;
