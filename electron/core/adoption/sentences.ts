import { declareSentences } from '#contract';

export const sentences = declareSentences('adoption', {
  exited: 'Process {{pid}} has exited: there is nothing to watch or take over.',
  needsToken: 'Process {{pid}} requires its token (LBS_TOKEN), so it cannot be watched: take it over instead.',
  doesNotExit:
    'Process {{pids}} does not exit: the kernel waits for the GPU driver. Restart the machine if the process stays.',
  runOpen: 'A run of the backend of Headroom is queued or in progress: wait until it finishes, or cancel it.',
  unwatched: 'The server is not watched any more: the outcome of this run is unknown here.',
  watchedExited:
    'The server that was started by hand (pid {{pid}}) has exited. Headroom does not restart it: Start starts the backend of Headroom itself.',
});
export const { say } = sentences;
