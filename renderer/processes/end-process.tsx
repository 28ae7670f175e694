import { Button } from '@mantine/core';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GpuProcess } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Confirm, duration, now, sizeText, useCommand } from '../parts/index.ts';

/** A button that ends the process after a confirmation; for a protected process the reason, for the backend nothing. */
export function EndProcess({ process, total }: { process: GpuProcess; total: number }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [confirming, setConfirming] = useState(false);
  const end = useCommand('gpu.endProcess');
  const { pid, startTime, name, user, since, usedMiB, protection } = process;
  if (protection === 'backend') return null;
  if (protection || startTime === null)
    return <span className="dim small">{t(`processes.protection.${protection ?? 'unknown'}`)}</span>;
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
        onClick={() => setConfirming(true)}
      >
        {t('processes.end')}
      </Button>
      <Confirm
        title={t('processes.endTitle')}
        yes={t('processes.endYes')}
        opened={confirming}
        busy={end.busy}
        error={sentence(end.error?.sentence ?? null)}
        // The dialog closes with the row when the process is gone.
        onYes={() => void end.run({ pid, startTime })}
        onClose={() => setConfirming(false)}
      >
        <dl>
          {facts.map(([name, value]) => (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </Fragment>
          ))}
        </dl>
        <div className="dim small">{t('processes.endHow')}</div>
      </Confirm>
    </>
  );
}
