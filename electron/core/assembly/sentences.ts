import { declareSentences } from '#contract';

export const sentences = declareSentences('panel', {
  noFolderDialog: 'A browser cannot select folders of this machine: enter the path.',
  noWindow: 'A browser tab cannot close Headroom: press Ctrl+C where it was started.',
});
export const { say } = sentences;
