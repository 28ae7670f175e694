import { Button, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import './confirm.css';

/**
 * Asks before an action that cannot be undone; Cancel has the focus. The heading is a plain element: Mantine's is a
 * <header>, and a screen reader would announce a second banner.
 */
export function Confirm(props: {
  title: string;
  yes: string;
  opened: boolean;
  busy: boolean;
  error?: string | null | undefined;
  onYes(): void;
  onClose(): void;
  children: ReactNode;
}) {
  const { title, yes, opened, busy, error, onYes, onClose, children } = props;
  const { t } = useTranslation();
  return (
    <Modal.Root opened={opened} onClose={onClose} size="md" centered transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content>
        <div className="confirm-dialog stack">
          <Modal.Title fw={600}>{title}</Modal.Title>
          {children}
          {error && <div className="error">{error}</div>}
          <div className="row">
            <span className="grow" />
            <Button size="xs" variant="default" data-autofocus onClick={onClose}>
              {t('confirm.no')}
            </Button>
            <Button size="xs" variant="filled" color="red.9" loading={busy} onClick={onYes}>
              {yes}
            </Button>
          </div>
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}
