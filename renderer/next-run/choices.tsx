import { NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { benchmarks, type Model } from '#contract';
import { usePanelState } from '../store.ts';
import { datasetSchema, useRunDraft } from './draft/run-draft.ts';

/** The model of the form: the chosen one, else the first that runs as it is. */
export function useModelChoice(): { model: Model | null; runnable: Model | null } {
  const models = usePanelState((state) => state.models.found);
  const chosen = useRunDraft((draft) => draft.model);
  const model = models.find(({ path }) => path === chosen) ?? models.find(({ gguf }) => !gguf) ?? models[0] ?? null;
  return { model, runnable: model && !model.gguf ? model : null };
}

/** Dataset and model, side by side. */
export function Choices({ model }: { model: Model | null }) {
  const { t } = useTranslation();
  const models = usePanelState((state) => state.models.found);
  const isScanning = usePanelState((state) => state.models.scans.some((scan) => scan.state === 'scanning'));
  const dataset = useRunDraft((draft) => draft.dataset);
  const options = models.map(({ path, name, toy }) => ({ value: path, label: toy ? `${name} ${t('run.toy')}` : name }));
  const none = { value: '', label: t(isScanning ? 'run.scanning' : 'run.noModel') };
  return (
    <div className="row choices">
      <NativeSelect
        size="xs"
        aria-label={t('run.dataset')}
        value={dataset}
        onChange={(event) => useRunDraft.setState({ dataset: datasetSchema.parse(event.currentTarget.value) })}
        data={Object.values(benchmarks).map((value) => ({
          value,
          label: value === benchmarks.needle ? 'Needle' : value,
        }))}
      />
      <NativeSelect
        size="xs"
        aria-label={t('run.model')}
        title={model?.path}
        value={model?.path ?? ''}
        onChange={(event) => useRunDraft.setState({ model: event.currentTarget.value })}
        data={models.length === 0 ? [none] : options}
      />
    </div>
  );
}

/** The model that the form, an earlier run or a link names is not among those that were found. */
export function useMissingModel(): string | null {
  const chosen = useRunDraft((draft) => draft.model);
  const isKnown = usePanelState(({ models }) => models.found.some(({ path }) => path === chosen));
  const isScanning = usePanelState((state) => state.models.scans.some((scan) => scan.state === 'scanning'));
  return chosen === null || isKnown || isScanning ? null : chosen;
}
