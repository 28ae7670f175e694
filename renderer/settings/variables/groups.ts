import { dtypes, type SettingName } from '#contract';

/** How a variable is edited. A path that names a file is picked by its folder. */
export type Kind =
  | { kind: 'limit' }
  | { kind: 'flag' }
  | { kind: 'choice'; values: readonly string[]; unset?: true }
  | { kind: 'device' }
  | { kind: 'percent' }
  | { kind: 'number'; max?: number }
  | { kind: 'path'; file?: string }
  | { kind: 'folders' }
  | { kind: 'text' };

/** Every variable with its control. */
export const kinds: Record<SettingName, Kind> = {
  LBS_GPU_MEMORY_LIMIT: { kind: 'limit' },
  LBS_ENABLE_MEMORY_MANAGEMENT: { kind: 'flag' },
  LBS_USE_MODEL_CACHE: { kind: 'flag' },
  LBS_TORCH_DTYPE: { kind: 'choice', values: dtypes, unset: true },
  LBS_LOCAL_DEVICE_MAP: { kind: 'device' },
  LBS_OFFLOAD: { kind: 'choice', values: ['auto', 'ask', 'never'] },
  LBS_TRUST_REMOTE_CODE: { kind: 'flag' },
  LBS_MAX_CACHED_LOCAL_MODELS: { kind: 'number' },
  LBS_GPU_MAX_UTILIZATION: { kind: 'percent' },
  LBS_CPU_MAX_UTILIZATION: { kind: 'percent' },
  LBS_DB_PATH: { kind: 'path', file: 'results.db' },
  LBS_DATASETS: { kind: 'path', file: 'datasets.json' },
  LBS_WEB_DIR: { kind: 'path' },
  LBS_MODEL_DIRS: { kind: 'folders' },
  LBS_ALLOWED_ORIGINS: { kind: 'text' },
  LBS_WARM_WORKERS: { kind: 'flag' },
  LBS_HOST: { kind: 'text' },
  LBS_PORT: { kind: 'number', max: 65_535 },
};

/** `name` is the key of its heading (`variables.group.NAME`). */
export const groups: readonly { name: string; variables: readonly SettingName[] }[] = [
  { name: 'memory', variables: ['LBS_GPU_MEMORY_LIMIT', 'LBS_ENABLE_MEMORY_MANAGEMENT', 'LBS_OFFLOAD'] },
  {
    name: 'loading',
    variables: ['LBS_TORCH_DTYPE', 'LBS_LOCAL_DEVICE_MAP', 'LBS_TRUST_REMOTE_CODE', 'LBS_WARM_WORKERS'],
  },
  {
    name: 'cache',
    variables: [
      'LBS_USE_MODEL_CACHE',
      'LBS_MAX_CACHED_LOCAL_MODELS',
      'LBS_GPU_MAX_UTILIZATION',
      'LBS_CPU_MAX_UTILIZATION',
    ],
  },
  { name: 'files', variables: ['LBS_MODEL_DIRS', 'LBS_DATASETS', 'LBS_DB_PATH', 'LBS_WEB_DIR'] },
  { name: 'network', variables: ['LBS_HOST', 'LBS_PORT', 'LBS_ALLOWED_ORIGINS'] },
];

/** The variables of each group whose name or sentence contains every word; groups without one are left out. */
export function search(words: string, about: (name: SettingName) => string): typeof groups {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (name: SettingName) => {
    const text = `${name} ${about(name)}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  };
  return groups
    .map((group) => ({ ...group, variables: group.variables.filter(matches) }))
    .filter(({ variables }) => variables.length > 0);
}
