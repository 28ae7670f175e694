import { declareSentences } from '#contract';

export const sentences = declareSentences('settings', {
  nul: '{{name}} must not contain a NUL character.',
});
export const { say } = sentences;
