import { declareSentences } from '#contract';

export const sentences = declareSentences('watching', {
  xid: 'Xid {{code}}: {{meaning}}',
});
export const { say } = sentences;
