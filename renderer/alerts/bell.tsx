import { ActionIcon, Indicator } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBell } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useRevealTarget } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { AlertsDialog } from './alerts-dialog.tsx';

/** The button that opens the alerts, with the number of active ones. */
export function Bell() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  // An event mark on a chart may link here.
  const target = useRevealTarget('alert');
  useEffect(() => {
    if (target) open();
  }, [target, open]);
  const list = usePanelState((state) => state.alerts.list);
  const active = list.filter(({ endedAt }) => endedAt === null);
  const hasError = active.some(({ level }) => level === 'error');
  const label = t('alerts.bell', { count: active.length });
  return (
    <>
      <Indicator
        label={active.length}
        color={hasError ? 'red.9' : 'yellow.4'}
        size={14}
        offset={5}
        disabled={active.length === 0}
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
