import type { CommandHandlers } from '#contract';
import type { Environment } from '../base/index.ts';
import type { Guards } from '../guards/index.ts';
import { checkProfile } from './check.ts';
import { type ChooseSteps, chooseProfile } from './choose.ts';

type Commands = 'profiles.get' | 'profiles.save' | 'profiles.remove' | 'profiles.choose' | 'profiles.check';

/** `env`: the panel's own environment. */
export function profileHandlers(steps: ChooseSteps, guards: Guards, env: Environment): Pick<CommandHandlers, Commands> {
  const { profiles } = steps;
  return {
    'profiles.get': async ({ id }) => profiles.get(id),
    'profiles.save': async ({ id, profile }) => ({ id: await profiles.save(profile, id) }),
    'profiles.remove': ({ id }) => profiles.remove(id),
    'profiles.choose': async (request) => {
      guards.notWhileClearing();
      return chooseProfile(steps, request);
    },
    'profiles.check': ({ profile }) => checkProfile(profile, env),
  };
}
