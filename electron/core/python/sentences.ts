import { declareSentences } from '#contract';

export const sentences = declareSentences('python', {
  fixed: 'HEADROOM_PYTHON names the Python: unset it and start Headroom again to choose another.',
  notAbsolute: '{{path}} is not an absolute path: give the whole path of the interpreter.',
  wouldNotRun: 'The backend would not run on {{path}}: {{reason}}',
  creating: 'An environment is being made already: wait for it, or cancel it.',
  bothInUse: 'The backend still runs on the environment before the chosen one: restart it, then create another.',
  noBase: 'Python 3.11 to 3.14 with its venv module is needed: install one, for example with: uv python install 3.12',
  diskFull: 'The environment takes at least {{needed}} GB and {{free}} GB are free in {{folder}}: free some space.',
  stepFailed: 'The environment was not made: {{line}}',
  stepExited: 'The environment was not made: {{command}} exited with code {{code}}.',
});
export const { say } = sentences;
