import { ActionIcon, Button, Modal, Tooltip } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { OutputLines } from '../output-lines.tsx';
import { copyText } from './clipboard.ts';

const CONFIRMATION_MS = 1_500;

/**
 * Copies what `text` returns when pressed. If the browser denies copying, a dialog shows the text to select by hand.
 * With an `icon`, the label is its tooltip.
 */
export function CopyButton({ label, text, icon }: { label: string; text(): string; icon?: ReactNode }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const [fallback, setFallback] = useState<string | null>(null);
  const copy = async () => {
    const content = text();
    if (!(await copyText(content))) return setFallback(content);
    setCopied(true);
    setTimeout(() => setCopied(false), CONFIRMATION_MS);
  };
  const caption = copied ? t('copy.copied') : label;
  return (
    <>
      {icon ? (
        <Tooltip withinPortal={false} label={caption}>
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} onClick={copy}>
            {copied ? <IconCheck size={15} /> : icon}
          </ActionIcon>
        </Tooltip>
      ) : (
        <Button variant="subtle" color="gray" size="compact-xs" onClick={copy}>
          {caption}
        </Button>
      )}
      <Modal
        opened={fallback !== null}
        onClose={() => setFallback(null)}
        title={t('copy.denied')}
        transitionProps={{ duration: 0 }}
      >
        <OutputLines text={fallback ?? ''} />
      </Modal>
    </>
  );
}
