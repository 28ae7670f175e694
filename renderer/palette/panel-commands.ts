import type { CommandName, PanelState } from '#contract';

/** A command of the contract that needs no input, and when it can be called. Its words are `palette.command.NAME`. */
interface Offer {
  name: CommandName;
  when(state: PanelState): boolean;
}

const runs = ({ backend }: PanelState) =>
  backend.phase === 'ready' || backend.phase === 'starting' || backend.phase === 'backoff';
const isClearing = ({ clearing }: PanelState) => clearing?.active ?? false;

/** Those that may end the run in progress: they ask when to act. */
export const decided = {
  'settings.apply': { action: 'apply', when: (state: PanelState) => state.settings.pending.length > 0 },
  'backend.restart': { action: 'restart', when: (state: PanelState) => runs(state) && !isClearing(state) },
  'backend.stop': { action: 'stop', when: (state: PanelState) => runs(state) && !isClearing(state) },
  'gpu.clearAndRestart': { action: 'clear', when: (state: PanelState) => !isClearing(state) },
} as const;

export const offers: readonly Offer[] = [
  { name: 'backend.start', when: (state) => !runs(state) && state.backend.phase !== 'stopping' && !isClearing(state) },
  { name: 'settings.undo', when: ({ settings }) => settings.pending.length > 0 },
  { name: 'afterRun.cancel', when: ({ afterRun }) => afterRun !== null },
  { name: 'adoption.unwatch', when: ({ adoption }) => adoption.watching !== null },
  { name: 'recording.start', when: ({ recording }) => recording.on === null },
  { name: 'recording.stop', when: ({ recording }) => recording.on !== null },
  { name: 'checks.run', when: ({ checks }) => !checks.running },
  { name: 'app.close', when: ({ app }) => app.shell === 'desktop' },
];
