import { IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import { shellLines } from '../effective-settings.ts';

/** Copies the `export` lines that start the same backend by hand. */
export function CopyAsShell() {
  const { t } = useTranslation();
  const { desired, overrides } = usePanelState((state) => state.settings);
  return (
    <CopyButton
      label={t('settings.copy')}
      icon={<IconCopy size={15} />}
      text={() => shellLines(desired, overrides)}
      redact
    />
  );
}
