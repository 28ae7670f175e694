import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { benchmarks } from '#contract';
import { ModelFolders, OneDataset } from '../folders/index.ts';
import { useSentence } from '../i18n/index.ts';
import { Card } from '../parts/index.ts';
import { paths } from '../routes/index.ts';
import { usePanelState } from '../store.ts';
import { useSubjects } from './ceval/use-subjects.ts';
import { Choices, useMissingModel, useModelChoice } from './choices.tsx';
import { Conversion } from './conversion.tsx';
import { useDraftInAddress } from './draft/draft-in-address.ts';
import { useRunDraft } from './draft/run-draft.ts';
import { ParameterFields, Parameters } from './parameters.tsx';
import { RunPlan } from './plan/run-plan.tsx';
import { useRunPlans } from './plan/use-run-plans.ts';
import { RunButtons } from './run-buttons.tsx';
import { useForm } from './use-form.ts';
import { useObstacle } from './use-obstacle.ts';
import { useRunStart } from './use-run-start.ts';
import './next-run.css';

export function NextRun() {
  const { t } = useTranslation();
  const sentence = useSentence();
  useDraftInAddress();
  const { model, runnable } = useModelChoice();
  const dataset = useRunDraft((draft) => draft.dataset);
  const isCeval = dataset === benchmarks.ceval;
  const subjects = useSubjects(isCeval);
  const isSilent = usePanelState(({ models }) => models.scans.some(({ state }) => state === 'silent'));
  const form = useForm();
  const missing = useMissingModel();
  const ready = usePanelState(({ backend }) => backend.phase === 'ready');
  const plans = useRunPlans({
    model: runnable?.path ?? null,
    dataset,
    work: form.work,
    hasContext: form.longest !== null,
  });
  const run = runnable && form.parameters ? { model: runnable.path, dataset, parameters: form.parameters } : null;
  const start = useRunStart(run, plans.inForce);
  const hasSubjects = !isCeval || !subjects.known || subjects.names.length > 0;
  const obstacle = useObstacle({ model, valid: form.parameters !== null, hasSubjects });
  const submitLongest = (context: number) => {
    const parameters = form.longest?.(context);
    if (runnable && parameters) start.submit({ model: runnable.path, dataset, parameters });
  };
  return (
    <Card
      title={t('run.title')}
      id="run"
      className="next-run"
      actions={
        <Link className="small" href={paths.settings('folders')}>
          {t('run.folders')}
        </Link>
      }
    >
      <Choices model={model} />
      <Parameters />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reachable by keyboard */}
      <section className="scrolled" tabIndex={0} aria-label={t('run.details')}>
        {(model === null || isSilent) && <ModelFolders />}
        {missing !== null && <div className="warning small">{t('run.missingModel', { path: missing })}</div>}
        {model?.toy && <div className="dim small">{t('run.toyNote')}</div>}
        {model?.gguf && (
          <Conversion key={model.path} file={model.path} onDone={(path) => useRunDraft.setState({ model: path })} />
        )}
        {isCeval && <OneDataset name={benchmarks.ceval} onChanged={subjects.reload} />}
        <ParameterFields subjects={subjects.names} />
        {runnable && form.work && ready && (
          <RunPlan
            plans={plans}
            work={form.work}
            setters={form.setters}
            onApplied={run && (() => start.submit(run))}
            onLongest={obstacle === null && !start.busy ? submitLongest : null}
          />
        )}
        {start.error && <div className="error small">{sentence(start.error.sentence)}</div>}
      </section>
      <RunButtons
        obstacle={obstacle}
        start={start}
        run={run}
        plan={plans.inForce.stale ? null : plans.inForce.plan}
        onRun={start.start}
      />
    </Card>
  );
}
