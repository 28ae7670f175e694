import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Run } from '#contract';
import { Card, runStatusKey, statusClasses } from '../parts/index.ts';
import { paths } from '../routes/index.ts';
import { usePanel } from '../store.ts';

/** The runs that the core holds, newest first. */
export function Runs() {
  const { t } = useTranslation();
  const runs = usePanel((panel) => panel.runs);
  const newest = [...runs.values()].reverse();
  return (
    <Card title={t('runs.title')}>
      {newest.length === 0 && (
        <p className="dim" style={{ margin: '6px 0 0' }}>
          {t('runs.none')}
        </p>
      )}
      <div className="stack" style={{ marginTop: 6 }}>
        {newest.map((run) => (
          <RunRow key={run.req_id} run={run} />
        ))}
      </div>
    </Card>
  );
}

function RunRow({ run }: { run: Run }) {
  const { t } = useTranslation();
  return (
    <div className="row">
      <Link className="grow cut" href={paths.run(run.req_id)}>
        {run.dataset.split('/').at(-1)} <span className="dim">{run.model.split(/[\\/]/).at(-1)}</span>
      </Link>
      <span className={`tag ${statusClasses[run.status]}`}>{t(runStatusKey(run))}</span>
    </div>
  );
}
