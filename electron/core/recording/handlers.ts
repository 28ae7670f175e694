import type { CommandHandlers } from '#contract';
import type { RecordingRoom } from './recording.ts';

type RecordingHandlers = Pick<CommandHandlers, Extract<keyof CommandHandlers, `recording.${string}`>>;

export const recordingHandlers = (recording: RecordingRoom): RecordingHandlers => ({
  'recording.start': recording.start,
  'recording.stop': recording.stop,
  'recording.list': recording.list,
  'recording.read': recording.read,
  'recording.delete': ({ name }) => recording.delete(name),
});
