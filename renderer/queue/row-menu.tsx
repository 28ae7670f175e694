import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Plan, Run } from '#contract';
import { runName, useCommand, useErrorToast } from '../parts/index.ts';
import { WaitDialog } from './wait-dialog.tsx';

/** What can be done with a queued run besides dragging and cancelling it. */
export function RowMenu(props: {
  run: Run;
  place: number;
  last: number;
  movable: boolean;
  verdict: { plan: Plan } | null;
  onMove(to: number): void;
}) {
  const { run, place, last, movable, verdict, onMove } = props;
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const waitFor = useCommand('queue.waitFor');
  useErrorToast(waitFor.error?.sentence ?? null);
  const moves = [
    ['first', 0, place === 0],
    ['up', place - 1, place === 0],
    ['down', place + 1, place === last],
    ['last', last, place === last],
  ] as const;
  return (
    <>
      <Menu
        position="bottom-end"
        transitionProps={{ duration: 0 }}
        withInitialFocusPlaceholder={false}
        // The list scrolls and would cut it off; outside of a landmark a screen reader would lose it.
        portalProps={{ target: 'main' }}
      >
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            title={t('queue.menu')}
            aria-label={t('queue.menuOf', { run: runName(run), place: place + 1 })}
          >
            <IconDots size={14} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {movable &&
            moves.map(([name, to, disabled]) => (
              <Menu.Item key={name} disabled={disabled} onClick={() => onMove(to)}>
                {t(`queue.move.${name}`)}
              </Menu.Item>
            ))}
          <Menu.Item onClick={() => setAsking(true)}>{t('queue.wait.set')}</Menu.Item>
          {run.wait_for_bytes !== null && (
            <Menu.Item onClick={() => waitFor.run({ req_id: run.req_id, bytes: null })}>
              {t('queue.wait.clear')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {asking && <WaitDialog run={run} peak={verdict?.plan.total ?? null} onClose={() => setAsking(false)} />}
    </>
  );
}
