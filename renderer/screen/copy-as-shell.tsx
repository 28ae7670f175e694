import { Button, Modal } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { shellLines } from '../live/shell.ts';
import { copyText } from '../parts/clipboard.ts';
import { usePanelState } from '../store.ts';

const SHOWN_MS = 1_500;

/** The `export` lines that start the same backend by hand; shown to be taken by hand where nothing may be copied. */
export function CopyAsShell() {
  const { t } = useTranslation();
  const { desired, overrides } = usePanelState((state) => state.settings);
  const [copied, setCopied] = useState(false);
  const [byHand, setByHand] = useState<string | null>(null);
  const copy = async () => {
    const lines = shellLines(desired, overrides);
    if (!(await copyText(lines))) return setByHand(lines);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    <>
      <Button variant="subtle" color="gray" size="compact-xs" onClick={copy}>
        {copied ? t('settings.copied') : t('settings.copy')}
      </Button>
      <Modal
        opened={byHand !== null}
        onClose={() => setByHand(null)}
        title={t('settings.copyByHand')}
        transitionProps={{ duration: 0 }}
      >
        <pre className="lines">{byHand}</pre>
      </Modal>
    </>
  );
}
