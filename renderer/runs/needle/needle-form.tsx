import { NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { benchmarks, type NeedleParameters, needleTasks } from '#contract';
import { numbersIn } from '../../parts/index.ts';
import type { RunForm } from '../run-form.ts';

const NEW_TOKENS = 32;

export function useNeedleForm(): RunForm {
  const { t } = useTranslation();
  const [lengths, setLengths] = useState('512, 1024, 2048');
  const [depths, setDepths] = useState('0, 25, 50, 75, 100');
  const [task, setTask] = useState('single_needle_retrieval');
  const [needles, setNeedles] = useState(1);
  const [language, setLanguage] = useState<'English' | 'Chinese'>('English');
  const [haystack, setHaystack] = useState('');
  const [chunk, setChunk] = useState<number | ''>('');

  const read = { lengths: numbersIn(lengths), depths: numbersIn(depths) };
  const pieces = chunk === '' ? undefined : chunk;
  const parametersFor = (contexts: number[] | null): NeedleParameters | null =>
    contexts &&
    read.depths && {
      context_lengths: contexts,
      depths: read.depths,
      task_types: task === 'both' ? [...needleTasks] : [task as (typeof needleTasks)[number]],
      num_needles: needles,
      language,
      ...(haystack.trim() ? { haystack: haystack.trim() } : {}),
      ...(pieces ? { prefill_chunk: pieces } : {}),
    };

  const more = (
    <details>
      <summary>{t('run.more')}</summary>
      <div className="stack">
        <div className="row">
          <NativeSelect
            className="grow"
            size="xs"
            label={t('run.task')}
            value={task}
            onChange={(event) => setTask(event.currentTarget.value)}
            data={[...needleTasks, 'both'].map((name) => ({ value: name, label: t(`run.tasks.${name}`) }))}
          />
          <NumberInput
            size="xs"
            w={70}
            label={t('run.needles')}
            min={1}
            max={20}
            value={needles}
            onChange={(value) => typeof value === 'number' && setNeedles(value)}
          />
        </div>
        <div className="row">
          <NativeSelect
            size="xs"
            label={t('run.language')}
            data={['English', 'Chinese']}
            value={language}
            onChange={(event) => setLanguage(event.currentTarget.value as 'English' | 'Chinese')}
          />
          <TextInput
            className="grow"
            size="xs"
            label={t('run.haystack')}
            placeholder={t('run.haystackHint')}
            value={haystack}
            onChange={(event) => setHaystack(event.currentTarget.value)}
          />
        </div>
        <NumberInput
          size="xs"
          label={t('run.chunk')}
          placeholder={t('run.chunkHint')}
          min={16}
          allowDecimal={false}
          value={chunk}
          onChange={(value) => setChunk(typeof value === 'number' ? value : '')}
        />
      </div>
    </details>
  );
  return {
    dataset: benchmarks.needle,
    parameters: parametersFor(read.lengths),
    work: read.lengths && {
      context: Math.max(...read.lengths),
      new_tokens: NEW_TOKENS,
      ...(pieces ? { chunk: pieces } : {}),
    },
    take: { context: (most) => setLengths(cutTo(read.lengths ?? [], most).join(', ')), chunk: setChunk },
    fit: (most) => {
      setLengths(String(most));
      return parametersFor([most]);
    },
    fields: (
      <>
        <div className="row">
          <Numbers label={t('run.lengths')} text={lengths} onText={setLengths} />
          <Numbers label={t('run.depths')} text={depths} onText={setDepths} />
        </div>
        {more}
      </>
    ),
  };
}

/** Lengths up to `most`, which itself takes the place of the longer ones. */
const cutTo = (lengths: number[], most: number) => [...lengths.filter((length) => length < most), most];

function Numbers({ label, text, onText }: { label: string; text: string; onText(text: string): void }) {
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
