import { MultiSelect, NumberInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { benchmarks } from '#contract';
import { useCommand } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import { memoryWork } from '../memory-fields.tsx';
import type { RunForm } from '../run-form.ts';
import { CevalOptionFields, defaultOptions, newTokens, optionParameters } from './ceval-options.tsx';

/** Tokens that most questions stay below; the longest is known only after the run has read them all. */
const LONGEST_QUESTION = 1024;

/** Lists the subjects each time the form is shown, because their folder may have been configured meanwhile. */
export function useCevalForm(shown: boolean): RunForm {
  const { t } = useTranslation();
  const available = useSubjects(shown);
  const [subjects, setSubjects] = useState<string[]>([]);
  const [limit, setLimit] = useState<number | ''>('');
  const [batch, setBatch] = useState<number | ''>('');
  const [longest, setLongest] = useState<number | ''>(LONGEST_QUESTION);
  const [options, setOptions] = useState(defaultOptions);
  const generated = newTokens(options);
  return {
    dataset: benchmarks.ceval,
    parameters: {
      ...optionParameters(options),
      ...(subjects.length > 0 ? { subjects } : {}),
      ...(limit === '' ? {} : { limit }),
      ...(batch === '' ? {} : { batch_size: batch }),
    },
    work:
      longest === ''
        ? null
        : {
            context: longest,
            ...(generated > 0
              ? { kind: 'generate', new_tokens: generated, ...memoryWork(options.memory) }
              : { kind: 'choose' }),
            padded: true,
            ...(batch === '' ? { fit: true } : { batch }),
          },
    setters: {
      batch: setBatch,
      chunk: (to) => setOptions({ ...options, memory: { ...options.memory, chunk: to } }),
      kvCache: (to) => setOptions({ ...options, memory: { ...options.memory, kvCache: to } }),
    },
    fields: (
      <>
        <MultiSelect
          size="xs"
          label={t('run.subjects')}
          placeholder={subjects.length > 0 ? '' : t('run.allSubjects')}
          data={available}
          value={subjects}
          onChange={setSubjects}
          searchable
          clearable
          comboboxProps={{ transitionProps: { duration: 0 } }}
        />
        {available.length === 0 && <div className="dim small">{t('run.noSubjects')}</div>}
        <div className="row">
          <WholeNumber label={t('run.perSubject')} hint={t('run.allQuestions')} value={limit} onValue={setLimit} />
          <WholeNumber label={t('run.batch')} hint={t('run.batchHint')} value={batch} onValue={setBatch} />
        </div>
        <WholeNumber label={t('run.longest')} hint="" value={longest} onValue={setLongest} />
        <CevalOptionFields options={options} onChange={(change) => setOptions({ ...options, ...change })} />
      </>
    ),
  };
}

function useSubjects(shown: boolean): string[] {
  const ready = usePanelState((state) => state.backend.phase === 'ready');
  const { run: list } = useCommand('datasets.list');
  const [subjects, setSubjects] = useState<string[]>([]);
  useEffect(() => {
    if (!shown || !ready) return;
    void list({}).then((datasets) =>
      setSubjects((datasets?.[benchmarks.ceval] ?? []).filter((name) => name !== benchmarks.ceval)),
    );
  }, [shown, ready, list]);
  return subjects;
}

function WholeNumber(props: { label: string; hint: string; value: number | ''; onValue(value: number | ''): void }) {
  const { label, hint, value, onValue } = props;
  return (
    <NumberInput
      className="grow"
      size="xs"
      label={label}
      placeholder={hint}
      min={1}
      allowDecimal={false}
      value={value}
      onChange={(next) => onValue(typeof next === 'number' && next > 0 ? next : '')}
    />
  );
}
