import { declareSentences } from '#contract';

export const sentences = declareSentences('models', {
  notAbsolute: '{{folder}} is not an absolute path: start it with {{separator}}, as in {{example}}.',
  missing: '{{folder}} does not exist: check the path.',
  notFolder: '{{folder}} is not a folder: enter the folder that holds the models.',
  notFound: '{{path}} is not a GGUF file that a scan found: scan its folder again.',
  converting: '{{path}} is being converted: wait for it, or cancel it.',
  conversionCancelled: 'The conversion of {{file}} was cancelled.',
  conversionBroke: 'The conversion of {{file}} ended early ({{reason}}): free RAM and disk space, then try again.',
  noPermission: 'You may not read {{folder}}: change its permissions.',
});
export const { say } = sentences;
