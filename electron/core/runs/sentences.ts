import { declareSentences } from '#contract';

export const sentences = declareSentences('runs', {
  backendExited: 'The backend exited during this run: start the run again.',
  overridden:
    '{{name}} is {{value}} in the environment that Headroom was started from, and that takes precedence: change it there, or choose another option.',
  restartNeeded:
    'This option restarts the backend, and another run is queued or in progress: wait for it, or cancel it.',
  applyFailed: 'The settings could not be applied after the run: {{reason}}',
});
export const { say } = sentences;
