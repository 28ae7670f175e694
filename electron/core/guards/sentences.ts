import { declareSentences } from '#contract';

export const sentences = declareSentences('guards', {
  clearing: 'GPU memory is being cleared: wait until that finishes.',
  otherBackend: "The selected backend is not Headroom's own: start its runs the way it expects.",
  watchOnly: 'Process {{pid}} was started by hand and is only being watched: take it over first.',
  notReady: 'The backend is not ready: start it, or wait until it is.',
});
export const { say } = sentences;
