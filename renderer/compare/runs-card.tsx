import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { type Comparison, fewestCompared } from '#contract';
import { Card, runName, runStatusKey, statusClasses, useTimeFormat } from '../parts/index.ts';
import { paths } from '../routes/index.ts';
import { letterOf } from './verdict.ts';

/** The compared runs by letter. Another one becomes the baseline by going first in the address. */
export function RunsCard({ comparison: { runs }, onShow }: { comparison: Comparison; onShow(ids: string[]): void }) {
  const { t } = useTranslation();
  const { full } = useTimeFormat();
  const ids = runs.map(({ req_id }) => req_id);
  return (
    <Card title={t('compare.runs')}>
      <ul className="compare-runs">
        {runs.map((run, i) => (
          <li key={run.req_id} className="row">
            <strong>{letterOf(i)}</strong>
            <Link href={paths.run(run.req_id)} className="cut">
              {runName(run)}
            </Link>
            <span className="dim cut grow">
              {[full(1_000 * run.created_at), run.dtype, ...run.tags].filter(Boolean).join(' · ')}
            </span>
            {run.state !== 'completed' && (
              <span className={`tag ${statusClasses[run.state]}`}>
                {t(runStatusKey({ ...run, status: run.state }))}
              </span>
            )}
            {run.deleted_at !== null && <span className="tag tight">{t('compare.deleted')}</span>}
            {run.score && (
              <span>
                {run.score.value.toFixed(3)}
                {run.score.error !== null && <span className="dim"> ±{run.score.error.toFixed(3)}</span>}
              </span>
            )}
            <span className="compare-role">
              {i === 0 ? (
                <span className="tag">{t('compare.baseline')}</span>
              ) : (
                <Button
                  variant="default"
                  size="compact-xs"
                  onClick={() => onShow([run.req_id, ...ids.filter((id) => id !== run.req_id)])}
                >
                  {t('compare.pin')}
                </Button>
              )}
            </span>
            {ids.length > fewestCompared && (
              <Tooltip label={t('compare.remove')}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="sm"
                  aria-label={`${t('compare.remove')}: ${letterOf(i)}`}
                  onClick={() => onShow(ids.filter((id) => id !== run.req_id))}
                >
                  <IconX size={14} />
                </ActionIcon>
              </Tooltip>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
