export { recordingHandlers } from './handlers.ts';
export { createRecording, type RecordingRoom } from './recording.ts';
