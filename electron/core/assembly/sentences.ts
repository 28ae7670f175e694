import { declareSentences } from '#contract';

export const sentences = declareSentences('panel', {
  noFolderDialog: 'A browser cannot select folders of this machine: enter the path.',
});
export const { say } = sentences;
