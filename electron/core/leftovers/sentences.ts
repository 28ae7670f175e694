import { declareSentences } from '#contract';

export const sentences = declareSentences('leftovers', {
  process: '{{name}} (pid {{pid}})',
  terminated: 'Leftover processes of an earlier start of Headroom were terminated: {{processes}}.',
  surviving:
    'Leftover processes of an earlier start of Headroom do not exit: {{processes}}. They wait for the driver: restart the machine if they stay.',
});

export const { say } = sentences;
