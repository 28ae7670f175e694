import { type CommandHandlers, PanelError } from '#contract';

export type TelemetryHandlers = Pick<
  CommandHandlers,
  Extract<keyof CommandHandlers, `history.${string}` | `alerts.${string}` | `recording.${string}`>
>;

const notYet = () => Promise.reject(new PanelError('unsupported', 'Not built yet.'));

export const telemetryHandlers: Omit<TelemetryHandlers, `recording.${string}`> = {
  'history.window': notYet,
  'history.events': notYet,
  'history.processes': notYet,
  'history.export': notYet,
  'alerts.change': notYet,
  'alerts.dismiss': notYet,
};
