import { declareSentences } from '#contract';

export const sentences = declareSentences('profiles', {
  noFolder: 'There is no folder {{folder}} on this machine: correct the path, or create the folder.',
  noProgramOnPath: 'There is no executable {{program}} on PATH: enter its absolute path, or install it.',
  noProgramInFolder: 'There is no executable {{program}} in {{folder}}: enter its absolute path, or install it.',
  runInProgress:
    'A run is queued or in progress: wait until it finishes, or switch now, which stops it. Its saved items are kept.',
  notInList: 'This backend is no longer in the list: select another one.',
  selected: 'This backend is selected: select another one first, then remove it.',
  nameTaken: 'A backend named {{name}} already exists: give this one another name.',
  listFull: 'The list is full: remove a backend first.',
});
export const { say } = sentences;
