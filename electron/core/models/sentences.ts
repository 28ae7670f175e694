import { declareSentences } from '#contract';

export const sentences = declareSentences('models', {
  notAbsolute: '{{folder}} is not an absolute path: start it with {{separator}}, as in {{example}}.',
  missing: '{{folder}} does not exist: check the path.',
  notFolder: '{{folder}} is not a folder: enter the folder that holds the models.',
  noPermission: 'You may not read {{folder}}: change its permissions.',
});
export const { say } = sentences;
