import { declareSentences } from '#contract';

export const sentences = declareSentences('history', {
  fileReplaced: '{{file}} of the history {{problem}}. It was renamed to {{renamed}}, and Headroom starts a new one.',
  otherVersion: 'was not written by this version of Headroom',
  tooLong: 'is longer than allowed',
  recordsDamaged: '{{count}} records of {{file}} in the history were damaged and are skipped; the others are kept.',
  notWritten:
    'The history cannot be written to disk ({{reason}}): until it can, only the last half hour is kept, in memory. Free some space, or allow writing to the data folder.',
  unknownGpu: 'There is no history of a GPU {{gpu}}: choose one that was seen.',
  unknownMetric: 'The history of {{source}} has no “{{metric}}”: choose from {{known}}.',
  endBeforeBegin: 'This time range ends before it begins: give a later end.',
  endTooLate: 'This time range ends too late: give milliseconds.',
  badCursor: 'This is not the end of a piece of this export: start the export again.',
});

export const { say } = sentences;
