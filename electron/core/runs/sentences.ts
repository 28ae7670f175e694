import { declareSentences } from '#contract';

export const sentences = declareSentences('runs', {
  backendExited: 'The backend exited during this run: start the run again.',
  overridden:
    '{{name}} is {{value}} in the environment that Headroom was started from, and that takes precedence: change it there, or choose another option.',
  restartNeeded:
    'This option restarts the backend, and another run is queued or in progress: wait for it, or cancel it.',
  keptForOwn: 'Kept for Headroom’s own backend: it runs once that is selected and started again.',
  stoppedByYou: 'You stopped the backend during this run: resume it to continue after its finished items.',
  runInProgress:
    'Run {{run}} ({{dataset}}) is in progress, with {{current}} of {{total}} items done: choose now, which stops it, or after this run.',
  afterRunFailed: 'The run has finished, but Headroom could not {{action}}: {{reason}}',
  endedCompleted: '{{dataset}} on {{model}} completed.',
  endedCancelled: '{{dataset}} on {{model}} was cancelled.',
  endedOutOfMemory: '{{dataset}} on {{model}} ran out of memory.',
  endedFailed: '{{dataset}} on {{model}} failed: {{reason}}',
  apply: 'apply the settings',
  restart: 'restart the backend',
  clear: 'clear the GPU memory and restart',
  stop: 'stop the backend',
  close: 'close',
});
export const { say } = sentences;
