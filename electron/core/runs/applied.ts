import { type Applied, changedSettings, type Settings } from '#contract';
import type { Overrides } from '../settings/index.ts';

/** The applied settings that are not in effect, each with the reason: none is ignored silently. */
export function compare(settings: {
  desired: Settings;
  running: Partial<Settings> | null;
  overrides: Overrides;
}): Applied {
  const { desired, running, overrides } = settings;
  const differing = running ? changedSettings(running, desired).filter((name) => running[name] !== undefined) : [];
  return {
    differing: differing.map((name) => ({
      name,
      asked: desired[name],
      inForce: running?.[name] ?? null,
      because: overrides[name] === undefined ? 'unknown' : 'environment',
    })),
  };
}
