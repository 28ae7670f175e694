import { NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { needleTasks } from '#contract';
import { noThinking, type Thinking, ThinkingFields } from '../thinking-fields.tsx';

interface NeedleOptions {
  task: (typeof needleTasks)[number] | 'both';
  needles: number;
  language: 'English' | 'Chinese';
  /** Empty: the haystack that ships with Headroom. */
  haystack: string;
  /** Tokens of one prefill chunk; empty: no chunks. */
  chunk: number | '';
  thinking: Thinking;
}

export const defaultOptions: NeedleOptions = {
  task: 'single_needle_retrieval',
  needles: 1,
  language: 'English',
  haystack: '',
  chunk: '',
  thinking: noThinking,
};

/** The options of a needle run that rarely change, in a collapsed section. */
export function NeedleOptionFields(props: { options: NeedleOptions; onChange(change: Partial<NeedleOptions>): void }) {
  const { options, onChange } = props;
  const { t } = useTranslation();
  return (
    <details>
      <summary>{t('run.more')}</summary>
      <div className="stack">
        <div className="row">
          <NativeSelect
            className="grow"
            size="xs"
            label={t('run.task')}
            value={options.task}
            onChange={(event) => onChange({ task: event.currentTarget.value as NeedleOptions['task'] })}
            data={[...needleTasks, 'both'].map((name) => ({ value: name, label: t(`run.tasks.${name}`) }))}
          />
          <NumberInput
            size="xs"
            w={70}
            label={t('run.needles')}
            min={1}
            max={20}
            value={options.needles}
            onChange={(value) => typeof value === 'number' && onChange({ needles: value })}
          />
        </div>
        <div className="row">
          <NativeSelect
            size="xs"
            label={t('run.language')}
            data={['English', 'Chinese']}
            value={options.language}
            onChange={(event) => onChange({ language: event.currentTarget.value as NeedleOptions['language'] })}
          />
          <TextInput
            className="grow"
            size="xs"
            label={t('run.haystack')}
            placeholder={t('run.haystackHint')}
            value={options.haystack}
            onChange={(event) => onChange({ haystack: event.currentTarget.value })}
          />
        </div>
        <NumberInput
          size="xs"
          label={t('run.chunk')}
          placeholder={t('run.chunkHint')}
          min={16}
          allowDecimal={false}
          value={options.chunk}
          onChange={(value) => onChange({ chunk: typeof value === 'number' ? value : '' })}
        />
        <ThinkingFields value={options.thinking} onChange={(thinking) => onChange({ thinking })} />
      </div>
    </details>
  );
}
