import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import type { SpotlightActionData, SpotlightActionGroupData } from '@mantine/spotlight';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { type CommandInput, type CommandName, PanelError, settingNames } from '#contract';
import { switchLanguage, useSentence } from '../i18n/index.ts';
import { runName, toast, useTimeFormat } from '../parts/index.ts';
import { useReplayed } from '../replay/index.ts';
import { changePlaces, keyText, paths, roomKeys, rooms } from '../routes/index.ts';
import { core, usePanel } from '../store.ts';
import { offers } from './panel-commands.ts';
import { useDecidedCommands } from './use-decided-commands.tsx';

const NEWEST_RUNS = 50;

/** Everything that the palette offers now, and the dialogs that its commands may open. */
export function useActions() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const replayed = useReplayed(({ replay }) => replay !== null);
  const commands = useCommands();
  const decided = useDecidedCommands();
  const runs = useRunActions();
  const group = (name: string, actions: SpotlightActionData[]): SpotlightActionGroupData => ({
    group: t(`palette.group.${name}`),
    actions,
  });
  const places = rooms.map(({ name, path, icon: Icon }) => ({
    id: path,
    label: t(`frame.room.${name}`),
    leftSection: <Icon size={16} aria-hidden />,
    rightSection: <kbd>{keyText(roomKeys.find((key) => key.path === path)?.hotkey ?? '')}</kbd>,
    onClick: () => navigate(path),
  }));
  const settings = settingNames.map((name) => ({
    id: name,
    label: name,
    onClick: () => navigate(paths.settings('variables')),
  }));
  const models = useModelActions();
  return {
    dialogs: decided.dialogs,
    actions: [
      group('rooms', places),
      // A recording is only looked at.
      group('commands', replayed ? [] : [...decided.actions, ...commands, ...runs.cancel]),
      group('view', useViewActions()),
      group('runs', runs.open),
      group('models', replayed ? [] : models),
      group('settings', settings),
    ],
  };
}

function useCommands(): SpotlightActionData[] {
  const { t } = useTranslation();
  const sentence = useSentence();
  const state = usePanel((panel) => panel.state);
  const call = (name: CommandName) =>
    core
      .call(name, {} as CommandInput<typeof name>)
      .catch((failure) => toast(sentence(PanelError.from(failure).sentence), { color: 'red' }));
  return offers
    .filter(({ when }) => state !== null && when(state))
    .map(({ name }) => ({ id: name, label: t(`palette.command.${name}`), onClick: () => void call(name) }));
}

function useRunActions() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [, navigate] = useLocation();
  const { full } = useTimeFormat();
  const runs = usePanel((panel) => panel.runs);
  const newest = [...runs.values()].slice(-NEWEST_RUNS).reverse();
  const cancel = (req_id: string) =>
    core
      .call('runs.cancel', { req_id })
      .catch((failure) => toast(sentence(PanelError.from(failure).sentence), { color: 'red' }));
  return {
    open: newest.map((run) => ({
      id: `run ${run.req_id}`,
      label: runName(run),
      description: [t(`runs.status.${run.status}`), run.start_time && full(run.start_time * 1_000)]
        .filter(Boolean)
        .join(' · '),
      keywords: [run.dataset, run.model],
      onClick: () => navigate(paths.run(run.req_id)),
    })),
    cancel: newest
      .filter(({ status }) => status === 'processing' || status === 'queued')
      .map((run) => ({
        id: `cancel ${run.req_id}`,
        label: t('palette.cancelRun', { run: runName(run) }),
        onClick: () => void cancel(run.req_id),
      })),
  };
}

/** A model is put into the form of the next run. */
function useModelActions(): SpotlightActionData[] {
  const [, navigate] = useLocation();
  const models = usePanel(({ state }) => state?.models.found);
  const choose = (path: string) => {
    navigate(paths.overview);
    changePlaces((places) => places.set('run.model', path));
  };
  return (models ?? [])
    .filter(({ gguf }) => !gguf)
    .map(({ name, path }) => ({ id: `model ${path}`, label: name, description: path, onClick: () => choose(path) }));
}

function useViewActions(): SpotlightActionData[] {
  const { t, i18n } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme('dark') === 'dark';
  const other = i18n.language === 'zh' ? 'en' : 'zh';
  return [
    {
      id: 'theme',
      label: t(dark ? 'palette.light' : 'palette.dark'),
      onClick: () => setColorScheme(dark ? 'light' : 'dark'),
    },
    {
      id: 'language',
      // In the language that it switches to, for the person who cannot read the other one.
      label: other === 'zh' ? '切换到中文' : 'Switch to English',
      keywords: ['language', '语言'],
      onClick: () => void switchLanguage(other),
    },
  ];
}
