import { Button, Popover } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CommandInput, Plan } from '#contract';
import { useCommand } from '../../parts/index.ts';
import { roundedUp } from './size.ts';
import { WaitForm } from './wait-form.tsx';

const WITHOUT_PLAN = '8 GiB';

/** Queues the run of the form until so much GPU memory is free: first its predicted peak. Null: nothing can be run now. */
export function WhenFree(props: {
  run: CommandInput<'runs.submit'> | null;
  plan: Plan | null;
  onSubmitted(reqId: string): void;
}) {
  const { run, plan, onSubmitted } = props;
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const submit = useCommand('runs.submit');
  const queue = async (bytes: number) => {
    const answer = run && (await submit.run({ ...run, wait_for_bytes: bytes }));
    if (!answer) return;
    setOpened(false);
    onSubmitted(answer.req_id);
  };
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="top-end"
      width={260}
      trapFocus
      returnFocus
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <Button
          size="xs"
          px={8}
          flex="none"
          variant="default"
          disabled={run === null}
          title={t('queue.wait.about')}
          onClick={() => setOpened(!opened)}
        >
          {t('queue.wait.whenFree')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('queue.wait.title')}>
        <WaitForm
          first={plan ? roundedUp(plan.total) : WITHOUT_PLAN}
          yes={t('queue.wait.queue')}
          busy={submit.busy}
          error={submit.error?.sentence ?? null}
          onBytes={(bytes) => void queue(bytes)}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
