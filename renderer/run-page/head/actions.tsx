import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { runParametersSchema } from '#contract';
import { prefill } from '../../next-run/index.ts';
import { toast, useCommand, useErrorToast } from '../../parts/index.ts';
import { useReplayed } from '../../replay/index.ts';
import { changePlaces, paths } from '../../routes/index.ts';
import { usePanelState } from '../../store.ts';
import { ExportMenu } from '../exports/export-menu.tsx';
import type { Report } from '../report.ts';

/** Nothing here acts in a recording. */
export function RunActions(report: Report) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const { run } = report;
  const replayed = useReplayed(({ replay }) => replay !== null);
  const ready = usePanelState(({ backend }) => backend.phase === 'ready' && backend.worker !== 'failed');
  const submit = useCommand('runs.submit');
  const cancel = useCommand('runs.cancel');
  useErrorToast((submit.error ?? cancel.error)?.sentence ?? null);
  const isOpen = run.status === 'queued' || run.status === 'processing';
  // A run of an older version, or of a script, may have parameters that the form does not know.
  const given = Object.entries(run.parameters).filter(([, value]) => value !== null);
  const parameters = runParametersSchema.safeParse(Object.fromEntries(given)).data;

  const again = async () => {
    if (!parameters) return;
    const started = await submit.run({ model: run.model, dataset: run.dataset, parameters });
    if (started) navigate(`${paths.run(started.req_id)}?`);
  };
  const edit = () => {
    changePlaces((places) => {
      for (const name of ['cell', 'subject', 'item']) places.delete(name);
    });
    if (prefill({ model: run.model, dataset: run.dataset, parameters: run.parameters })) navigate(paths.overview);
    else toast(t('runPage.otherParameters'));
  };
  const why = parameters ? (ready ? undefined : t('runPage.notReady')) : t('runPage.otherParameters');
  return (
    <div className="run-actions">
      <ExportMenu {...report} />
      {isOpen && (
        <Button
          size="xs"
          variant="default"
          disabled={replayed}
          loading={cancel.busy}
          onClick={() => cancel.run({ req_id: run.req_id })}
        >
          {t('runs.cancel')}
        </Button>
      )}
      <Button
        size="xs"
        variant="default"
        disabled={replayed || !parameters}
        title={parameters ? undefined : why}
        onClick={edit}
      >
        {t('runPage.edit')}
      </Button>
      {!isOpen && (
        <Button
          size="xs"
          disabled={replayed || !ready || !parameters}
          title={why}
          loading={submit.busy}
          onClick={() => void again()}
        >
          {t('runPage.again')}
        </Button>
      )}
    </div>
  );
}
