import type { Provenance, Run } from '#contract';

type Translate = (key: string, values?: Record<string, unknown>) => string;

/** Without the folder, which may name a person. */
export const modelName = ({ model }: Pick<Run, 'model'>) => model.split(/[\\/]/).at(-1) ?? model;

/** The settings that explain a result, and the versions, where they are known. */
export function settingRows(run: Run, provenance: Provenance | undefined, t: Translate) {
  const made: Partial<Provenance> = provenance ?? {};
  const { versions = {}, settings = {} } = made;
  const limit = settings.LBS_GPU_MEMORY_LIMIT;
  const chunk = made.prefill_chunk_size ?? run.parameters.prefill_chunk;
  const joined = (...values: (string | null | undefined)[]) => values.filter(Boolean).join(' · ');
  const rows: { name: string; value: string }[] = [
    { name: t('runPage.set.model'), value: joined(modelName(run), shortHash(made.model_hash)) },
    { name: t('runPage.set.dataset'), value: run.dataset },
    { name: t('runPage.set.limit'), value: limit === 0 || limit === '0' ? t('runPage.set.noLimit') : textOf(limit) },
    { name: t('runPage.set.dtype'), value: joined(made.dtype, made.quantization) },
    { name: t('runPage.set.deviceMap'), value: textOf(settings.LBS_LOCAL_DEVICE_MAP) },
    { name: t('runPage.set.offload'), value: textOf(settings.LBS_OFFLOAD) },
    {
      name: t('runPage.set.cache'),
      value: joined(made.kv_cache && t(`run.kvCaches.${made.kv_cache}`), made.kv_cache_format),
    },
    { name: t('runPage.set.prefill'), value: typeof chunk === 'number' ? t('runPage.set.chunks', { chunk }) : '' },
    {
      name: t('runPage.set.versions'),
      value: joined(
        ...['torch', 'cuda', 'transformers', 'python', 'headroom'].map(
          (name) => versions[name] && `${name} ${versions[name]}`,
        ),
      ),
    },
    { name: t('runPage.set.seed'), value: textOf(made.seed) },
  ];
  return rows.filter(({ value }) => value !== '');
}

const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

/** `sampled-sha256:5f3a…c2`. */
const shortHash = (hash: string | undefined) => hash && `${hash.split(':').at(-1)?.slice(0, 8)}…`;
