import { ActionIcon, Progress, Tooltip } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Run } from '#contract';
import { duration, runName, useCommand, useErrorToast } from '../parts/index.ts';
import { useReplayed } from '../replay/index.ts';
import { paths } from '../routes/index.ts';
import { usePanel } from '../store.ts';

/** The run in progress, in sight from every room. */
export function ActiveRun() {
  const run = usePanel(({ runs }) => activeRun(runs));
  return run && <Shown run={run} />;
}

export const activeRun = (runs: ReadonlyMap<string, Run>): Run | null =>
  [...runs.values()].find(({ status }) => status === 'processing') ?? null;

function Shown({ run }: { run: Run }) {
  const { t } = useTranslation();
  const replayed = useReplayed(({ replay }) => replay !== null);
  const cancel = useCommand('runs.cancel');
  useErrorToast(cancel.error?.sentence ?? null);
  const { stage, total_items, current_item, estimated_remaining_seconds: left } = run;
  const share = stage ? 100 * stage.share : run.progress_percentage;
  const steps = [
    stage && t(`frame.stage.${stage.name}`),
    !stage && total_items > 0 && `${current_item}/${total_items}`,
    run.paused ? t('frame.paused') : !stage && left !== null && t('frame.left', { time: duration(left * 1_000) }),
  ].filter(Boolean);
  const name = runName(run);
  return (
    <section className="active-run" aria-label={t('frame.activeRun')}>
      <Link href={paths.run(run.req_id)} title={[name, ...steps].join(' · ')}>
        <span className="cut">{name}</span>
        <span className="steps-done">{steps.join(' · ')}</span>
      </Link>
      <Progress
        value={share}
        size="sm"
        w={56}
        flex="none"
        transitionDuration={0}
        color={stage ? 'gray' : 'blue'}
        aria-label={t('frame.progress')}
      />
      {!replayed && (
        <Tooltip label={t('runs.cancel')}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={t('runs.cancel')}
            loading={cancel.busy}
            onClick={() => cancel.run({ req_id: run.req_id })}
          >
            <IconX size={14} />
          </ActionIcon>
        </Tooltip>
      )}
    </section>
  );
}
