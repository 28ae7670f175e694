import { ActionIcon, Button, Modal, Tooltip } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copyText } from './clipboard.ts';

const SHOWN_MS = 1_500;

/**
 * Copies what `text` gives when it is pressed; shown to be taken by hand where nothing may be copied. With an `icon`,
 * the label is its tooltip.
 */
export function CopyButton({ label, text, icon }: { label: string; text(): string; icon?: ReactNode }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const [byHand, setByHand] = useState<string | null>(null);
  const copy = async () => {
    const taken = text();
    if (!(await copyText(taken))) return setByHand(taken);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  const words = copied ? t('settings.copied') : label;
  return (
    <>
      {icon ? (
        <Tooltip withinPortal={false} label={words}>
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} onClick={copy}>
            {copied ? <IconCheck size={15} /> : icon}
          </ActionIcon>
        </Tooltip>
      ) : (
        <Button variant="subtle" color="gray" size="compact-xs" onClick={copy}>
          {words}
        </Button>
      )}
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
