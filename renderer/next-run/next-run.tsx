import { Button, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { benchmarks, type RunParameters } from '#contract';
import { ModelFolders } from '../folders/index.ts';
import { useSentence } from '../i18n/index.ts';
import { Card, useCommand } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { useCevalForm } from './ceval/ceval-form.tsx';
import { Conversion } from './conversion.tsx';
import { useNeedleForm } from './needle/needle-form.tsx';
import { RunPlan } from './plan/run-plan.tsx';

export function NextRun() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const models = usePanelState((state) => state.models.found);
  const isScanning = usePanelState((state) => state.models.scans.some((scan) => scan.state === 'scanning'));
  const ready = usePanelState((state) => state.backend.phase === 'ready');
  // Runs that are submitted while the worker starts are queued; one that failed would refuse them.
  const accepted = usePanelState(({ backend }) => backend.phase === 'ready' && backend.worker !== 'failed');
  const [chosen, setChosen] = useState<string | null>(null);
  const [dataset, setDataset] = useState<string>(benchmarks.needle);
  // Both forms keep their state while the other one is shown.
  const needle = useNeedleForm();
  const ceval = useCevalForm(dataset === benchmarks.ceval);
  const form = dataset === benchmarks.ceval ? ceval : needle;
  const submit = useCommand('runs.submit');

  const model = models.find(({ path }) => path === chosen) ?? models.find(({ gguf }) => !gguf) ?? models[0];
  const runnable = model && !model.gguf ? model : null;
  const run = (parameters: RunParameters | null) => {
    if (runnable && parameters) void submit.run({ model: runnable.path, dataset: form.dataset, parameters });
  };

  return (
    <Card title={t('run.title')}>
      <div className="stack" style={{ marginTop: 6 }}>
        <NativeSelect
          size="xs"
          label={t('run.dataset')}
          value={dataset}
          onChange={(event) => setDataset(event.currentTarget.value)}
          data={Object.values(benchmarks)}
        />
        <NativeSelect
          size="xs"
          label={t('run.model')}
          value={model?.path ?? ''}
          onChange={(event) => setChosen(event.currentTarget.value)}
          data={
            models.length === 0
              ? [{ value: '', label: t(isScanning ? 'run.scanning' : 'run.noModel') }]
              : models.map(({ path, name, toy }) => ({ value: path, label: toy ? `${name} ${t('run.toy')}` : name }))
          }
        />
        {model?.toy && <div className="dim small">{t('run.toyNote')}</div>}
        {model?.gguf && <Conversion key={model.path} file={model.path} onDone={setChosen} />}
        <ModelFolders />
        {form.fields}
        {runnable && form.work && form.parameters && ready && (
          <RunPlan
            key={form.dataset}
            model={runnable.path}
            dataset={form.dataset}
            work={form.work}
            setters={form.setters}
            onFit={form.fit && ((maxContext) => run(form.fit?.(maxContext) ?? null))}
          />
        )}
        {submit.error && <div className="error">{sentence(submit.error.sentence)}</div>}
        <div className="row">
          <span className="grow" />
          <Button
            size="xs"
            disabled={!runnable || !form.parameters || !accepted}
            loading={submit.busy}
            onClick={() => run(form.parameters)}
          >
            {t('run.submit')}
          </Button>
        </div>
      </div>
    </Card>
  );
}
