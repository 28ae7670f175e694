import { type CommandHandlers, PanelError } from '#contract';
import type { History } from './history/index.ts';

export type TelemetryHandlers = Pick<
  CommandHandlers,
  Extract<keyof CommandHandlers, `history.${string}` | `alerts.${string}` | `recording.${string}`>
>;

const notYet = () => Promise.reject(new PanelError('unsupported', 'Not built yet.'));

export const createTelemetryHandlers = ({ history }: { history: History }): TelemetryHandlers => ({
  'history.window': history.window,
  'history.events': history.eventsWithin,
  'history.processes': history.processes,
  'history.export': history.export,
  'alerts.change': notYet,
  'alerts.dismiss': notYet,
  'recording.start': notYet,
  'recording.stop': notYet,
  'recording.list': notYet,
  'recording.read': notYet,
  'recording.delete': notYet,
});
