import { declareSentences } from '#contract';

export const sentences = declareSentences('state', {
  pipes: 'node-pty could not be loaded, so the backend runs on pipes: its output may arrive in larger chunks.',
  invalidOverride:
    '{{name}}={{value}} in the environment of Headroom is not valid: {{problem}} Unset or correct it, then restart Headroom.',
});
export const { say } = sentences;
