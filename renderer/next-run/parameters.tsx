import { Button } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { benchmarks } from '#contract';
import { Fold } from '../parts/index.ts';
import { usePlace } from '../routes/index.ts';
import { changeCeval, changeNeedle, useRunDraft } from './draft/run-draft.ts';
import { cevalSummary, needleSummary } from './summary.ts';

const CevalInputs = lazy(async () => ({ default: (await import('./ceval/ceval-inputs.tsx')).CevalInputs }));
const NeedleInputs = lazy(async () => ({ default: (await import('./needle/needle-inputs.tsx')).NeedleInputs }));

const ID = 'run-parameters';

/** The parameters on one line, which opens into their fields below. */
export function Parameters() {
  const { t } = useTranslation();
  const [opened, setOpened] = usePlace('parameters');
  const summary = useRunDraft(({ dataset, needle, ceval }) =>
    dataset === benchmarks.ceval ? cevalSummary(ceval, t) : needleSummary(needle, t),
  );
  return (
    <Fold
      name={t('run.parameters')}
      id={ID}
      opened={opened !== null}
      onToggle={() => setOpened(opened === null ? '1' : null)}
    >
      {summary ?? <span className="error">{t('run.invalidParameters')}</span>}
    </Fold>
  );
}

export function ParameterFields({ subjects }: { subjects: readonly string[] }) {
  const [opened] = usePlace('parameters');
  const isCeval = useRunDraft(({ dataset }) => dataset === benchmarks.ceval);
  return (
    <>
      {opened !== null && (
        <div className="stack" id={ID}>
          <Suspense>{isCeval ? <CevalInputs available={subjects} /> : <NeedleInputs />}</Suspense>
        </div>
      )}
      <Others />
    </>
  );
}

/** Parameters of an earlier run that have no field here. */
function Others() {
  const { t } = useTranslation();
  const isCeval = useRunDraft(({ dataset }) => dataset === benchmarks.ceval);
  const more = useRunDraft(({ dataset, needle, ceval }) => (dataset === benchmarks.ceval ? ceval : needle).more);
  const names = Object.keys(more);
  if (names.length === 0) return null;
  const values = names.map((name) => `${name} ${JSON.stringify(more[name])}`).join(', ');
  return (
    <div className="row small">
      <span className="grow">{t('run.others', { values })}</span>
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        onClick={() => (isCeval ? changeCeval : changeNeedle)({ more: {} })}
      >
        {t('run.removeOthers')}
      </Button>
    </div>
  );
}
