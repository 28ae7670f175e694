export { recordingHandlers } from './handlers.ts';
export { createRecording, type RecordingOptions, type RecordingRoom } from './recording.ts';
