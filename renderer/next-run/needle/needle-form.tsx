import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { benchmarks, type NeedleParameters, needleTasks } from '#contract';
import { numbersIn } from '../../parts/index.ts';
import { memoryParameters, memoryWork } from '../memory-fields.tsx';
import type { RunForm } from '../run-form.ts';
import { thinkingParameters, thinkingTokens } from '../thinking-fields.tsx';
import { answerTokens, defaultOptions, NeedleOptionFields } from './needle-options.tsx';

/** The backend runs no more prompts at a time unless asked. */
const LARGEST_BATCH = 16;

export function useNeedleForm(): RunForm {
  const { t } = useTranslation();
  const [lengthsText, setLengthsText] = useState('512, 1024, 2048');
  const [depthsText, setDepthsText] = useState('0, 25, 50, 75, 100');
  const [options, setOptions] = useState(defaultOptions);

  const lengths = numbersIn(lengthsText);
  const depths = numbersIn(depthsText);
  const batch = options.batch === '' ? undefined : options.batch;
  const parametersFor = (contexts: number[] | null): NeedleParameters | null =>
    contexts &&
    depths && {
      context_lengths: contexts,
      depths,
      task_types: options.task === 'both' ? [...needleTasks] : [options.task],
      num_needles: options.needles,
      language: options.language,
      profile: options.profile,
      repeats: options.repeats,
      ...(options.haystack.trim() ? { haystack: options.haystack.trim() } : {}),
      ...memoryParameters(options.memory),
      ...(batch ? { batch_size: batch } : {}),
      ...thinkingParameters(options.thinking),
    };

  return {
    dataset: benchmarks.needle,
    parameters: parametersFor(lengths),
    work: lengths && {
      context: Math.max(...lengths),
      new_tokens: answerTokens(options) + thinkingTokens(options.thinking),
      ...memoryWork(options.memory),
      ...(batch ? { batch } : { most_batch: Math.min(LARGEST_BATCH, (depths ?? []).length * options.repeats || 1) }),
    },
    setters: {
      context: (max) => setLengthsText(cappedAt(lengths ?? [], max).join(', ')),
      chunk: (to) => setOptions({ ...options, memory: { ...options.memory, chunk: to } }),
      kvCache: (to) => setOptions({ ...options, memory: { ...options.memory, kvCache: to } }),
      batch: (to) => setOptions({ ...options, batch: to }),
    },
    fit: (maxContext) => {
      setLengthsText(String(maxContext));
      return parametersFor([maxContext]);
    },
    fields: (
      <>
        <div className="row">
          <NumberList label={t('run.lengths')} text={lengthsText} onText={setLengthsText} />
          <NumberList label={t('run.depths')} text={depthsText} onText={setDepthsText} />
        </div>
        <NeedleOptionFields options={options} onChange={(change) => setOptions({ ...options, ...change })} />
      </>
    ),
  };
}

/** Replaces the lengths above `max` by `max` itself. */
const cappedAt = (lengths: number[], max: number) => [...lengths.filter((length) => length < max), max];

function NumberList({ label, text, onText }: { label: string; text: string; onText(text: string): void }) {
  const { t } = useTranslation();
  return (
    <TextInput
      className="grow"
      size="xs"
      label={label}
      value={text}
      error={numbersIn(text) ? null : t('run.numbers')}
      onChange={(event) => onText(event.currentTarget.value)}
    />
  );
}
