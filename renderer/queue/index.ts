export { QueueSmall } from './queue-small.tsx';
export { QueueStrip } from './queue-strip.tsx';
