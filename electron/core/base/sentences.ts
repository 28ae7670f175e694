import { declareSentences } from '#contract';

export const sentences = declareSentences('base', {
  notSaved: '{{file}} could not be saved: {{reason}} Nothing was changed.',
  diskFull: 'the disk is full. Free some space and try again.',
  notWritable: 'its folder is not writable. Change its permissions, or set HEADROOM_HOME to another folder.',
  systemError: 'the system reports {{error}}.',
  nothingSavedFull:
    'Nothing is saved, because the disk of {{folder}} is full: free some space, and saving resumes by itself. Until then, changes are lost when Headroom exits.',
  nothingSavedDenied:
    'Nothing is saved, because {{folder}} is not writable: change its owner or permissions, or set HEADROOM_HOME to another folder. Until then, changes are lost when Headroom exits.',
  nothingSaved:
    'Nothing is saved, because {{folder}} cannot be written ({{error}}): repair it, or set HEADROOM_HOME to another folder. Until then, changes are lost when Headroom exits.',
  unreadable: '{{file}} cannot be read ({{error}}): fix that and restart Headroom. Until then nothing is saved there.',
  notSetAside: '{{file}} is damaged and could not be renamed: {{error}}',
  damagedDefaults: '{{file}} was damaged and is now {{renamed}}. Headroom starts with the defaults.',
  damagedKept: '{{file}} was damaged and is now {{renamed}}. Every readable value was kept.',
});
export const { say } = sentences;
