import { ActionIcon, NativeSelect, Tooltip } from '@mantine/core';
import { IconArrowBackUp, IconClipboardText, IconList } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { type PresetName, presets, type Settings } from '#contract';
import { paths } from '../../routes/index.ts';
import { usePanelState } from '../../store.ts';
import { useFormer } from '../former.ts';
import { CopyAsShell } from './copy-as-shell.tsx';
import { ImportDialog } from './import-dialog.tsx';

type OnSet = (values: Partial<Settings>) => Promise<unknown>;

/** One row: presets, copying and importing `export` lines, undoing what was applied, and all variables. */
export function Tools({ onSet }: { onSet: OnSet }) {
  const { t } = useTranslation();
  const [importing, setImporting] = useState(false);
  const former = useFormer((state) => state.former);
  const isPending = usePanelState(({ settings }) => settings.pending.length > 0);
  const undo = () => {
    if (former) void onSet(former).then(() => useFormer.setState({ former: null }));
  };
  return (
    <div className="row limit-tools">
      <NativeSelect
        className="grow"
        size="xs"
        aria-label={t('settings.presets')}
        value=""
        onChange={(event) => onSet(presets[event.currentTarget.value as PresetName])}
        data={[
          { value: '', label: t('settings.choosePreset'), disabled: true },
          ...Object.keys(presets).map((name) => ({ value: name, label: t(`settings.preset.${name}`) })),
        ]}
      />
      <CopyAsShell />
      <Tool
        label={t('settings.import.open')}
        icon={<IconClipboardText size={15} />}
        onClick={() => setImporting(true)}
      />
      <Tool
        label={t('settings.undoApplied')}
        icon={<IconArrowBackUp size={15} />}
        disabled={former === null || isPending}
        onClick={undo}
      />
      <Tooltip label={t('settings.advanced')}>
        <ActionIcon
          component={Link}
          href={paths.settings('variables')}
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={t('settings.advanced')}
        >
          <IconList size={15} />
        </ActionIcon>
      </Tooltip>
      <ImportDialog opened={importing} onClose={() => setImporting(false)} onSet={onSet} />
    </div>
  );
}

function Tool(props: { label: string; icon: ReactNode; disabled?: boolean; onClick(): void }) {
  const { label, icon, disabled = false, onClick } = props;
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} disabled={disabled} onClick={onClick}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
