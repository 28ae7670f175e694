import { Button, Group, Modal, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { OutputLines } from '../parts/index.ts';

/** Asks before opening a link of the backend's output, which is untrusted, and shows its address. */
export function LogLink({ address, onClose }: { address: string | null; onClose(): void }) {
  const { t } = useTranslation();
  const host = address === null ? null : hostOf(address);
  const open = () => {
    if (host) window.open(address ?? '', '_blank', 'noopener,noreferrer');
    onClose();
  };
  return (
    <Modal opened={address !== null} onClose={onClose} title={t('log.link.title')} transitionProps={{ duration: 0 }}>
      <Text size="sm">{host ? t('log.link.where', { host }) : t('log.link.none')}</Text>
      <OutputLines text={address ?? ''} />
      <Group justify="flex-end" mt="md">
        <Button variant="default" size="xs" data-autofocus onClick={onClose}>
          {t('log.link.cancel')}
        </Button>
        {host && (
          <Button size="xs" onClick={open}>
            {t('log.link.open')}
          </Button>
        )}
      </Group>
    </Modal>
  );
}

/** Null if it is not a web address. */
function hostOf(address: string): string | null {
  try {
    const { protocol, host } = new URL(address);
    return protocol === 'http:' || protocol === 'https:' ? host : null;
  } catch {
    return null;
  }
}
