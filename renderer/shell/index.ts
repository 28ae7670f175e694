export { AfterRun } from './after-run.tsx';
export { ClosingQuestion } from './closing-question.tsx';
export { Gate } from './gate.tsx';
export { Header } from './header.tsx';
export { Notices } from './notices.tsx';
export { Rail } from './rail.tsx';
export { RunAnnouncer } from './run-announcer.tsx';
export { StorageTrouble } from './storage-trouble.tsx';
