export { DropZone } from './drop-zone.tsx';
export { RecordButton } from './record-button.tsx';
export { Recordings } from './recordings.tsx';
export { useReplayed } from './replay.ts';
export { ReplayBar } from './replay-bar.tsx';
export { ReplayGuard } from './replay-guard.tsx';
