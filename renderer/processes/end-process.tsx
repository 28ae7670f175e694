import { Button } from '@mantine/core';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GpuProcess } from '#contract';
import { Confirm, duration, now, sizeText, useCommand } from '../parts/index.ts';

/** A button where the person may end this process, after a question that names it; else nothing, or why not. */
export function EndProcess({ process, total }: { process: GpuProcess; total: number }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const end = useCommand('gpu.endProcess');
  const { pid, startTime, name, user, since, usedMiB, spared } = process;
  if (spared === 'backend') return null;
  if (spared || startTime === null)
    return <span className="dim small">{t(`processes.spared.${spared ?? 'unknown'}`)}</span>;
  const facts = [
    [t('processes.name'), name],
    [t('processes.pid'), String(pid)],
    [t('processes.user'), user ?? '–'],
    [t('processes.since'), since === null ? '–' : duration(now() - since)],
    [t('processes.memory'), usedMiB === null ? '–' : sizeText(usedMiB, total)],
  ];
  return (
    <>
      <Button
        size="compact-xs"
        variant="subtle"
        color="red"
        aria-label={t('processes.endOne', { name, pid })}
        onClick={() => setAsking(true)}
      >
        {t('processes.end')}
      </Button>
      <Confirm
        title={t('processes.endTitle')}
        yes={t('processes.endYes')}
        opened={asking}
        busy={end.busy}
        error={end.error?.message}
        // The row goes with the process, and this question with the row.
        onYes={() => void end.run({ pid, startTime })}
        onClose={() => setAsking(false)}
      >
        <dl>
          {facts.map(([what, value]) => (
            <Fragment key={what}>
              <dt>{what}</dt>
              <dd>{value}</dd>
            </Fragment>
          ))}
        </dl>
        <div className="dim small">{t('processes.endHow')}</div>
      </Confirm>
    </>
  );
}
