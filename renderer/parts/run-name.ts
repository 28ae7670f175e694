import { benchmarks, type Run } from '#contract';

/** "Needle · tiny-llama": the last parts of dataset and model, which are enough to tell runs apart. */
export function runName({ dataset, model }: Pick<Run, 'dataset' | 'model'>): string {
  const name = dataset.split('/').at(-1) ?? dataset;
  return `${name === benchmarks.needle ? 'Needle' : name} · ${model.split(/[\\/]/).at(-1)}`;
}
