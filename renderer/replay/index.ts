export { DropZone } from './drop-zone.tsx';
export { accepted as acceptedRecordings } from './files.ts';
export { RecordButton } from './record-button.tsx';
export { RecordingEntry, useRecordingFiles } from './recordings.tsx';
export { useReplayed } from './replay.ts';
export { ReplayBar } from './replay-bar.tsx';
export { ReplayGuard } from './replay-guard.tsx';
export { useOpening } from './use-opening.ts';
