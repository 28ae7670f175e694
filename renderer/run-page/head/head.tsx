import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { exactDuration, runName, runStatusKey, statusClasses, useNow, useTimeFormat } from '../../parts/index.ts';
import { paths } from '../../routes/index.ts';
import type { Report } from '../report.ts';
import { RunActions } from './actions.tsx';

/** Which run this is, how it stands, when it ran and what can be done with it. */
export function Head(report: Report) {
  const { t } = useTranslation();
  const { run } = report;
  const name = runName(run);
  return (
    <header className="run-head">
      <nav className="run-crumbs" aria-label={t('runPage.crumbs')}>
        <Link href={paths.runs}>{t('frame.room.runs')}</Link>
        <span aria-hidden>/</span>
      </nav>
      <h1 className="cut" title={`${run.dataset} · ${run.model}`}>
        {name}
      </h1>
      <span className={`tag ${statusClasses[run.status]}`}>{t(runStatusKey(run))}</span>
      <When {...report} />
      <span className="grow" />
      <RunActions {...report} />
    </header>
  );
}

/** When it began and how long it ran, or has run so far. */
function When({ run }: Report) {
  const { t } = useTranslation();
  const { full, day, clock } = useTimeFormat();
  const { start_time: start, status } = run;
  const runs = status === 'processing';
  const time = useNow(1_000, runs);
  if (start === null) return null;
  const end = runs ? time / 1_000 : run.last_update_time;
  const isToday = day(start * 1_000) === day(time);
  return (
    <span className="dim">
      <time dateTime={new Date(start * 1_000).toISOString()} title={full(start * 1_000)}>
        {isToday ? t('runPage.today', { time: clock(start * 1_000) }) : full(start * 1_000)}
      </time>
      {end !== null && `, ${exactDuration((end - start) * 1_000)}`}
    </span>
  );
}
