import { declareSentences } from '#contract';

export const sentences = declareSentences('base', {
  notSaved: '{{file}} could not be saved: {{reason}} Nothing was changed.',
  diskFull: 'the disk is full. Free some space and try again.',
  notWritable: 'its folder is not writable. Change its permissions, or set HEADROOM_HOME to another folder.',
  systemError: 'the system reports {{error}}.',
  unreadable: '{{file}} cannot be read ({{error}}): fix that and restart Headroom. Until then nothing is saved there.',
  notSetAside: '{{file}} is damaged and could not be renamed: {{error}}',
  damagedDefaults: '{{file}} was damaged and is now {{renamed}}. Headroom starts with the defaults.',
  damagedKept: '{{file}} was damaged and is now {{renamed}}. Every readable value was kept.',
});
export const { say } = sentences;
