import type { SpotlightActionData } from '@mantine/spotlight';
import { useTranslation } from 'react-i18next';
import { type DecidedCommand, useDecision, useErrorToast } from '../parts/index.ts';
import { usePanel } from '../store.ts';
import { decided } from './panel-commands.ts';

/** The commands that may end the run in progress, with the dialogs that ask when they act. */
export function useDecidedCommands() {
  const all = [
    useDecidedCommand('settings.apply'),
    useDecidedCommand('backend.restart'),
    useDecidedCommand('backend.stop'),
    useDecidedCommand('gpu.clearAndRestart'),
  ];
  return {
    actions: all.flatMap(({ action }) => (action ? [action] : [])),
    dialogs: all.map(({ dialog }) => dialog),
  };
}

function useDecidedCommand(name: DecidedCommand) {
  const { t } = useTranslation();
  const { action, when } = decided[name];
  const offered = usePanel(({ state }) => state !== null && when(state));
  const { run, error, dialog } = useDecision(name, action);
  useErrorToast(error?.sentence ?? null);
  const offer: SpotlightActionData = { id: name, label: t(`palette.command.${name}`), onClick: () => void run() };
  return { action: offered ? offer : null, dialog: <div key={name}>{dialog}</div> };
}
