import { declareSentences } from '#contract';

export const sentences = declareSentences('models', {
  notAbsolute: '{{folder}} is not an absolute path: start it with {{separator}}, as in {{example}}.',
  missing: '{{folder}} does not exist: check the path.',
  notFolder: '{{folder}} is not a folder: enter the folder that holds the models.',
  systemFolder: '{{folder}} belongs to the system: add the folder that holds your models.',
  silent: '{{at}} has not answered for {{seconds}} s: reconnect its disk and retry, or remove the folder.',
  limited: 'The search of {{folder}} stopped after {{count}} folders: add the folder that holds your models instead.',
  scanBroke: 'The search of {{folder}} ended early: retry it.',
  notListed: '{{folder}} is not in the list.',
  notFound: '{{path}} is not a GGUF file that a scan found: scan its folder again.',
  converting: '{{path}} is being converted: wait for it, or cancel it.',
  conversionCancelled: 'The conversion of {{file}} was cancelled.',
  conversionBroke: 'The conversion of {{file}} ended early ({{reason}}): free RAM and disk space, then try again.',
  noPermission: 'You may not read {{folder}}: change its permissions.',
});
export const { say } = sentences;
