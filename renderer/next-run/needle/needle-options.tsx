import { NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { needleProfiles, needleTasks } from '#contract';
import { defaultMemory, MemoryFields, type MemoryOptions } from '../memory-fields.tsx';
import { noThinking, type Thinking, ThinkingFields } from '../thinking-fields.tsx';

interface NeedleOptions {
  task: (typeof needleTasks)[number] | 'both';
  needles: number;
  language: 'English' | 'Chinese';
  /** Empty: the haystack that ships with Headroom. */
  haystack: string;
  memory: MemoryOptions;
  thinking: Thinking;
  profile: (typeof needleProfiles)[number];
  repeats: number;
  /** Prompts per batch; empty: as many as fit. */
  batch: number | '';
}

export const defaultOptions: NeedleOptions = {
  task: 'single_needle_retrieval',
  needles: 1,
  language: 'English',
  haystack: '',
  memory: defaultMemory,
  thinking: noThinking,
  profile: 'needlebench-v2',
  repeats: 3,
  batch: '',
};

const TOKENS_PER_NEEDLE = 20;

/** Tokens of an answer, for the plan. The backend counts them with the model's own tokenizer. */
export function answerTokens({ task, needles }: NeedleOptions): number {
  const hidden = task === 'single_needle_retrieval' ? 1 : needles > 1 ? needles : 3;
  return Math.ceil((hidden * TOKENS_PER_NEEDLE * 1.5 + 16) / 16) * 16;
}

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
        <div className="row">
          <NativeSelect
            className="grow"
            size="xs"
            label={t('run.profile')}
            value={options.profile}
            onChange={(event) => onChange({ profile: event.currentTarget.value as NeedleOptions['profile'] })}
            data={needleProfiles.map((name) => ({ value: name, label: t(`run.profiles.${name}`) }))}
          />
          <NumberInput
            size="xs"
            w={80}
            label={t('run.repeats')}
            min={1}
            max={100}
            allowDecimal={false}
            value={options.repeats}
            onChange={(value) => typeof value === 'number' && onChange({ repeats: value })}
          />
        </div>
        <NumberInput
          size="xs"
          label={t('run.batch')}
          placeholder={t('run.batchHint')}
          min={1}
          max={4096}
          allowDecimal={false}
          value={options.batch}
          onChange={(value) => onChange({ batch: typeof value === 'number' ? value : '' })}
        />
        <MemoryFields value={options.memory} onChange={(memory) => onChange({ memory })} />
        <ThinkingFields value={options.thinking} onChange={(thinking) => onChange({ thinking })} />
      </div>
    </details>
  );
}
