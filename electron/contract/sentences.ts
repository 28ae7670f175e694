import { declareSentences } from './sentence.ts';

export const sentences = declareSentences('contract', {
  internal: 'Headroom failed internally: {{reason}}',
});
export const { say } = sentences;
