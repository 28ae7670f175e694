import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import './dialog.css';

/**
 * A large dialog; `actions` go on the right of its title. The heading is a plain element: Mantine's is a <header>, and a
 * screen reader would announce a second banner.
 */
export function Dialog(props: {
  title: string;
  opened: boolean;
  onClose(): void;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const { title, opened, onClose, actions, children } = props;
  const { t } = useTranslation();
  return (
    <Modal.Root opened={opened} onClose={onClose} size="xl" transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content>
        <div className="dialog-heading">
          <Modal.Title className="grow" fw={600}>
            {title}
          </Modal.Title>
          {actions}
          <Modal.CloseButton aria-label={t('dialog.close')} ml={0} />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
