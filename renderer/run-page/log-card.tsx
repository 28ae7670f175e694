import { UnstyledButton } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { Run, RunLog } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Card, CopyButton, OutputLines, useCommand } from '../parts/index.ts';
import { paths } from '../routes/index.ts';

const REFRESH_MS = 5_000;

/** The lines that the backend printed while it ran. */
export function LogCard({ run }: { run: Run }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { run: get, error } = useCommand('runs.log');
  const [, navigate] = useLocation();
  const [log, setLog] = useState<RunLog | null>(null);
  const { req_id, status } = run;
  const started = run.start_time !== null;
  useEffect(() => {
    if (!started) return;
    const ask = () => void get({ req_id }).then((found) => found && setLog(found));
    ask();
    const timer = status === 'processing' ? setInterval(ask, REFRESH_MS) : undefined;
    return () => clearInterval(timer);
  }, [req_id, status, started, get]);
  if (!started) return null;
  return (
    <Card
      title={t('runPage.log')}
      actions={
        <>
          {log?.text && <CopyButton label={t('runPage.copyLog')} text={() => log.text ?? ''} redact />}
          <UnstyledButton
            className="link small"
            onClick={() => navigate(`${paths.log}?run=${encodeURIComponent(req_id)}`)}
          >
            {t('runPage.openLog')}
          </UnstyledButton>
        </>
      }
    >
      {error && <div className="error small">{sentence(error.sentence)}</div>}
      {log?.text && <OutputLines text={log.text} />}
      {log && log.left > 0 && <div className="dim small">{t('runPage.logLeft', { count: log.left })}</div>}
      {log && log.text === null && <div className="dim small run-gap">{t('runPage.noLog')}</div>}
    </Card>
  );
}
