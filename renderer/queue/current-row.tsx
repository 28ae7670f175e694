import { ActionIcon, Progress, Tooltip } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Run } from '#contract';
import { duration, runName, useCommand, useErrorToast } from '../parts/index.ts';
import { paths } from '../routes/index.ts';

/** The run in progress. */
export function CurrentRow({ run, acts }: { run: Run; acts: boolean }) {
  const { t } = useTranslation();
  const { stage, current_item, total_items, estimated_remaining_seconds: left } = run;
  const words = [
    stage && t(`frame.stage.${stage.name}`),
    !stage && total_items > 0 && `${current_item}/${total_items}`,
    run.paused ? t('frame.paused') : !stage && left !== null && t('frame.left', { time: duration(left * 1_000) }),
  ];
  return (
    <div className="queue-row current">
      <span className="queue-place" aria-hidden>
        ▸
      </span>
      <Link className="cut queue-name" href={paths.run(run.req_id)}>
        {runName(run)}
      </Link>
      <span className="dim small queue-words">{words.filter(Boolean).join(' · ')}</span>
      <Progress
        value={stage ? 100 * stage.share : run.progress_percentage}
        size="sm"
        w={64}
        flex="none"
        transitionDuration={0}
        color={stage ? 'gray' : 'blue'}
        aria-label={t('queue.progress')}
      />
      {acts && <CancelButton run={run} />}
    </div>
  );
}

export function CancelButton({ run }: { run: Run }) {
  const { t } = useTranslation();
  const cancel = useCommand('runs.cancel');
  useErrorToast(cancel.error?.sentence ?? null);
  const label = t('queue.cancel', { run: runName(run) });
  return (
    <Tooltip label={t('runs.cancel')}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={label}
        loading={cancel.busy}
        onClick={() => cancel.run({ req_id: run.req_id })}
      >
        <IconX size={14} />
      </ActionIcon>
    </Tooltip>
  );
}
