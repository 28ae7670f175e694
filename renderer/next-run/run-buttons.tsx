import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { CommandInput, Plan } from '#contract';
import { paths, usePlace } from '../routes/index.ts';
import { usePanel } from '../store.ts';
import { Verdict } from './plan/verdict.tsx';
import type { RunStart } from './use-run-start.ts';
import { WhenFree } from './wait/when-free.tsx';

/** The footer of the form: what holds the run up or that it is on its way, and Run. */
export function RunButtons(props: {
  /** Why nothing can be run now; null: it can. */
  obstacle: string | null;
  start: RunStart;
  /** What can be run now; null: nothing. */
  run: CommandInput<'runs.submit'> | null;
  plan: Plan | null;
  onRun(): void;
}) {
  const { obstacle, start, run, plan, onRun } = props;
  const { t } = useTranslation();
  const [opened] = usePlace('parameters');
  // The fields push the plan below the edge, so that its verdict is repeated here.
  const shown = opened === null || start.waiting ? null : plan;
  return (
    <div className="run-row">
      <div className="dim small" aria-live="polite">
        <RunNote obstacle={obstacle} start={start} />
      </div>
      <div className="row">
        {shown && <Verdict plan={shown} />}
        <span className="grow" />
        {start.waiting && (
          <Button size="xs" variant="subtle" color="gray" onClick={start.cancel}>
            {t('run.dontWait')}
          </Button>
        )}
        <WhenFree run={obstacle === null ? run : null} plan={plan} onSubmitted={start.noteSubmitted} />
        <Button
          size="xs"
          flex="none"
          disabled={obstacle !== null}
          loading={start.busy || start.waiting}
          onClick={onRun}
        >
          {t('run.submit')}
        </Button>
      </div>
    </div>
  );
}

function RunNote({ obstacle, start }: { obstacle: string | null; start: RunStart }) {
  const { t } = useTranslation();
  const ahead = usePanel(
    ({ runs }) => [...runs.values()].filter(({ status }) => status === 'processing' || status === 'queued').length,
  );
  if (obstacle !== null) return obstacle;
  if (start.waiting) return t('run.startsAfterPlan');
  if (start.refused) return t('run.notStarted');
  if (start.submitted !== null) {
    return (
      <>
        {t('run.submitted')} <Link href={paths.run(start.submitted)}>{t('run.open')}</Link>
      </>
    );
  }
  return ahead > 0 ? t('run.startsAfter', { count: ahead }) : null;
}
