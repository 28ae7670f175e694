import i18next from 'i18next';
import { expect, it } from 'vitest';
import { type CommandName, commands } from '#contract';
import '../i18n/index.ts';
import { decided, offers } from './panel-commands.ts';

/** Commands that need an input, by what provides it. */
const elsewhere: Record<string, readonly string[]> = {
  'a form': [
    'settings.',
    'profiles.',
    'alerts.',
    'polling.',
    'models.',
    'datasets.',
    'plan.',
    'runs.submit',
    'dialog.',
    'adoption.',
  ],
  'a row of a list': [
    'runs.',
    'crashes.',
    'recording.',
    'notices.',
    'incidents.',
    'checks.fix',
    'gpu.endProcess',
    'queue.',
  ],
  'what is shown': ['history.', 'text.', 'app.keepOpen', 'python.', 'inbox.', 'firstRun.', 'log.', 'views.'],
};

it('offers every command of the contract that needs no input', () => {
  const offered: string[] = [...offers.map(({ name }) => name), ...Object.keys(decided)];
  const missing = (Object.keys(commands) as CommandName[]).filter(
    (name) =>
      !offered.includes(name) && !Object.values(elsewhere).some((starts) => starts.some((s) => name.startsWith(s))),
  );
  expect(missing).toEqual([]);
});

it('has words for each', () => {
  const names = [...offers.map(({ name }) => name), ...Object.keys(decided)];
  for (const name of names) expect(i18next.exists(`palette.command.${name}`), name).toBe(true);
});
