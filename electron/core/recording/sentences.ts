import { declareSentences } from '#contract';

export const sentences = declareSentences('recording', {
  noSuchRecording: 'There is no such recording.',
  unreadable: 'This recording cannot be read: {{reason}}.',
  alreadyOn: 'A recording is already in progress: stop it first.',
  cannotWrite: 'The recording cannot be written: {{reason}}.',
  notOn: 'No recording is in progress.',
  lost: 'The recording is lost: {{reason}}.',
  stillOn: 'This recording is in progress: stop it first.',
  sizeLimit: 'It ended at the size limit of a recording ({{packed}} MiB compressed, {{unpacked}} MiB uncompressed).',
  diskFailed: 'It ended because the disk did not accept it ({{reason}}).',
});

export const { say } = sentences;
