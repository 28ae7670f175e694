import { Button, Modal } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copyText } from './clipboard.ts';

const SHOWN_MS = 1_500;

/** Copies what `text` gives when it is pressed; shown to be taken by hand where nothing may be copied. */
export function CopyButton({ label, text }: { label: string; text(): string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const [byHand, setByHand] = useState<string | null>(null);
  const copy = async () => {
    const taken = text();
    if (!(await copyText(taken))) return setByHand(taken);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    <>
      <Button variant="subtle" color="gray" size="compact-xs" onClick={copy}>
        {copied ? t('settings.copied') : label}
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
