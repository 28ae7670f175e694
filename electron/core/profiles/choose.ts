import { type CommandArgument, PanelError } from '#contract';
import type { Supervisor } from '../backend/index.ts';
import type { Profiles } from './profiles.ts';
import { say } from './sentences.ts';

export interface ChooseSteps {
  profiles: Profiles;
  phase: Supervisor['phase'];
  restart(): void;
  /** A run is queued or in progress: a restart would end it. */
  busy(): boolean;
  /** Forgets what was to happen after the run in progress: this restart contradicts it. */
  dropDecision(): void;
}

/** Selects the backend to run, and restarts unless the backend is stopped. */
export async function chooseProfile(steps: ChooseSteps, request: CommandArgument<'profiles.choose'>): Promise<void> {
  if (steps.busy() && request.when !== 'now') throw new PanelError('busy', say('runInProgress'));
  await steps.profiles.choose(request.id);
  steps.dropDecision();
  if (steps.phase() !== 'stopped') steps.restart();
}
