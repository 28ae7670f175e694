import { useTranslation } from 'react-i18next';
import { shellLines } from '../live/shell.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { usePanelState } from '../store.ts';

/** The `export` lines that start the same backend by hand. */
export function CopyAsShell() {
  const { t } = useTranslation();
  const { desired, overrides } = usePanelState((state) => state.settings);
  return <CopyButton label={t('settings.copy')} text={() => shellLines(desired, overrides)} />;
}
