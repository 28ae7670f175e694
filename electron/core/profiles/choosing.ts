import { type CommandArgument, PanelError } from '#contract';
import type { Supervisor } from '../backend/index.ts';
import type { Profiles } from './profiles.ts';

export interface ChoosingSteps {
  profiles: Profiles;
  supervisor: Pick<Supervisor, 'phase' | 'restart'>;
  /** A run is queued or on: a restart would end it. */
  busy(): boolean;
}

/** Chooses which backend is to run. One that was stopped stays so; else the other one is started in its place. */
export async function chooseProfile(steps: ChoosingSteps, asked: CommandArgument<'profiles.choose'>): Promise<void> {
  if (steps.busy() && asked.when !== 'now')
    throw new PanelError(
      'busy',
      'A run is on: wait for its end, or switch now, which ends it. What it finished is kept.',
    );
  await steps.profiles.choose(asked.id);
  if (steps.supervisor.phase() !== 'stopped') steps.supervisor.restart();
}
