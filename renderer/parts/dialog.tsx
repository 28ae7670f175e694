import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import './dialog.css';

/**
 * A large dialog. Its head is a plain element: Mantine's own is a <header>, which a page has once already, and a
 * screen reader would then find two banners.
 */
export function Dialog(props: {
  title: string;
  opened: boolean;
  onClose(): void;
  aside?: ReactNode;
  children: ReactNode;
}) {
  const { title, opened, onClose, aside, children } = props;
  const { t } = useTranslation();
  return (
    <Modal.Root opened={opened} onClose={onClose} size="xl" transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content>
        <div className="dialog-head">
          <Modal.Title className="grow" fw={600}>
            {title}
          </Modal.Title>
          {aside}
          <Modal.CloseButton aria-label={t('dialog.close')} ml={0} />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
