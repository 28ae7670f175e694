import { ActionIcon, Button, Modal, Tooltip } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PanelError, type Sentence } from '#contract';
import { OutputLines } from '../output-lines.tsx';
import { useErrorToast } from '../use-error-toast.ts';
import { copyText } from './clipboard.ts';
import { redacted } from './redacted.ts';

const CONFIRMATION_MS = 1_500;
const LONG_CONFIRMATION_MS = 4_000;

/**
 * Copies what `text` returns when pressed; `redact`: without secrets. If the browser denies copying, a dialog shows the text to select by hand.
 * With an `icon`, the label is its tooltip.
 */
export function CopyButton(props: { label: string; text(): string; icon?: ReactNode; redact?: boolean }) {
  const { label, text, icon, redact = false } = props;
  const { t } = useTranslation();
  const [copied, setCopied] = useState<string | null>(null);
  const [error, setError] = useState<Sentence | null>(null);
  useErrorToast(error);
  const [fallback, setFallback] = useState<string | null>(null);
  const copy = async () => {
    try {
      const { text: content, removed } = redact ? await redacted(text()) : { text: text(), removed: 0 };
      if (!(await copyText(content))) return setFallback(content);
      setCopied(removed > 0 ? t('copy.redacted', { count: removed }) : t('copy.copied'));
      setTimeout(() => setCopied(null), removed > 0 ? LONG_CONFIRMATION_MS : CONFIRMATION_MS);
    } catch (failure) {
      setError(PanelError.from(failure).sentence);
    }
  };
  const caption = copied ?? label;
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
