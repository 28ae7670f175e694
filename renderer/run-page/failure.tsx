import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { type Run, runParametersSchema } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { useCommand } from '../parts/index.ts';
import { useReplayed } from '../replay/index.ts';
import { paths } from '../routes/index.ts';
import { IncidentDetails } from './incident/incident.tsx';

/** Why a run failed, and the ways out of it. */
export function Failure({ run }: { run: Run }) {
  return (
    <IncidentDetails run={run}>
      {run.error_code === 'offload_needs_consent' && <RunWithOffload run={run} />}
    </IncidentDetails>
  );
}

function RunWithOffload({ run }: { run: Run }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const replayed = useReplayed(({ replay }) => replay !== null);
  const submit = useCommand('runs.submit');
  const [, navigate] = useLocation();
  const resubmit = async () => {
    const parameters = runParametersSchema.parse(run.parameters);
    const started = await submit.run({ model: run.model, dataset: run.dataset, parameters, offload: 'auto' });
    if (started) navigate(paths.run(started.req_id));
  };
  return (
    <>
      <Button
        variant="default"
        size="compact-xs"
        mt={4}
        disabled={replayed}
        loading={submit.busy}
        onClick={() => void resubmit()}
      >
        {t('runs.runWithOffload')}
      </Button>
      {submit.error && <div className="error small">{sentence(submit.error.sentence)}</div>}
    </>
  );
}
