import { ActionIcon, Indicator } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBell } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useWish } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { AlertsDialog } from './alerts-dialog.tsx';

/** How many alerts last; pressed, all of them and what is watched for. */
export function Bell() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  // A mark on a chart leads here.
  const wish = useWish('alert');
  useEffect(() => {
    if (wish) open();
  }, [wish, open]);
  const list = usePanelState((state) => state.alerts.list);
  const lasting = list.filter(({ endedAt }) => endedAt === null);
  const bad = lasting.some(({ level }) => level === 'error');
  const label = t('alerts.bell', { count: lasting.length });
  return (
    <>
      <Indicator
        label={lasting.length}
        color={bad ? 'red.9' : 'yellow.4'}
        size={14}
        offset={5}
        disabled={lasting.length === 0}
        classNames={{ indicator: 'bell-count' }}
      >
        <ActionIcon variant="subtle" color="gray" aria-label={label} title={label} onClick={open}>
          <IconBell size={17} />
        </ActionIcon>
      </Indicator>
      <AlertsDialog opened={opened} onClose={close} />
    </>
  );
}
