import type { CommandHandlers } from '#contract';
import type { PanelChecks } from './checks.ts';

export const checkHandlers = (checks: PanelChecks): Pick<CommandHandlers, 'checks.run' | 'checks.fix'> => ({
  'checks.run': async () => void (await checks.run()),
  'checks.fix': ({ id }) => checks.fix(id),
});
