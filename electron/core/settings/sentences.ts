import { declareSentences } from '#contract';

export const sentences = declareSentences('settings', {
  exposedHost:
    'LBS_HOST={{host}} lets other machines reach the backend: allow that first, or set LBS_HOST to 127.0.0.1.',
  nul: '{{name}} must not contain a NUL character.',
});
export const { say } = sentences;
