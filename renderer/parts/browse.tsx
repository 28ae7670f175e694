import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { usePanelState } from '../store.ts';
import { useCommand } from './use-command.ts';

/** Picks a folder with the desktop's own dialog; nothing where the shell has none, and the path is typed. */
export function Browse(props: { label: string; disabled?: boolean; onPick: (folder: string) => void }) {
  const { label, disabled = false, onPick } = props;
  const { t } = useTranslation();
  const canPick = usePanelState((state) => state.app.canPickFolder);
  const pick = useCommand('dialog.pickFolder');
  if (!canPick) return null;
  const open = async () => {
    const picked = await pick.run({});
    if (picked?.path) onPick(picked.path);
  };
  return (
    <Button
      variant="default"
      size="xs"
      flex="none"
      disabled={disabled}
      aria-label={t('browse.for', { name: label })}
      onClick={() => void open()}
    >
      {t('browse.label')}
    </Button>
  );
}
