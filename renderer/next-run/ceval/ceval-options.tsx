import { Checkbox, NativeSelect, NumberInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type CevalParameters, cevalScorings, cevalVariants } from '#contract';
import { defaultMemory, MemoryFields, type MemoryOptions, memoryParameters } from '../memory-fields.tsx';
import { noThinking, type Thinking, ThinkingFields, thinkingParameters, thinkingTokens } from '../thinking-fields.tsx';

export interface CevalOptions {
  variant: (typeof cevalVariants)[number];
  shots: number;
  scoring: (typeof cevalScorings)[number];
  chat: boolean;
  /** Tokens of a generated answer; empty: the backend's default. */
  answer: number | '';
  /** Of a generated answer after a chat template. */
  thinking: Thinking;
  /** Of generated answers. */
  memory: MemoryOptions;
}

export const defaultOptions: CevalOptions = {
  variant: 'lm-eval',
  shots: 0,
  scoring: 'loglikelihood',
  chat: false,
  answer: '',
  thinking: noThinking,
  memory: defaultMemory,
};

const PLAIN_ANSWER = 32;
const CHAT_ANSWER = 256;

const answerTokens = ({ chat, answer }: CevalOptions) => answer || (chat ? CHAT_ANSWER : PLAIN_ANSWER);
const mayThink = ({ scoring, chat }: CevalOptions) => scoring === 'generation' && chat;

/** Tokens that a run generates for one question, thinking included. */
export function newTokens(options: CevalOptions): number {
  if (options.scoring === 'loglikelihood') return 0;
  return answerTokens(options) + (mayThink(options) ? thinkingTokens(options.thinking) : 0);
}

export function optionParameters(options: CevalOptions): CevalParameters {
  const { variant, shots, scoring, chat, answer, thinking, memory } = options;
  return {
    variant,
    shots,
    scoring,
    chat_template: chat,
    ...(scoring === 'generation' && answer !== '' ? { max_new_tokens: answer } : {}),
    ...(scoring === 'generation' ? memoryParameters(memory) : {}),
    ...(mayThink(options) ? thinkingParameters(thinking) : {}),
  };
}

export function CevalOptionFields(props: { options: CevalOptions; onChange(change: Partial<CevalOptions>): void }) {
  const { options, onChange } = props;
  const { t } = useTranslation();
  return (
    <details>
      <summary>{t('run.moreCeval')}</summary>
      <div className="stack">
        <NativeSelect
          size="xs"
          label={t('run.variant')}
          value={options.variant}
          onChange={(event) => onChange({ variant: event.currentTarget.value as CevalOptions['variant'] })}
          data={cevalVariants.map((name) => ({ value: name, label: t(`run.variants.${name}`) }))}
        />
        <div className="row">
          <NativeSelect
            className="grow"
            size="xs"
            label={t('run.scoring')}
            value={options.scoring}
            onChange={(event) => onChange({ scoring: event.currentTarget.value as CevalOptions['scoring'] })}
            data={cevalScorings.map((name) => ({ value: name, label: t(`run.scorings.${name}`) }))}
          />
          <NumberInput
            size="xs"
            w={90}
            label={t('run.shots')}
            min={0}
            max={5}
            allowDecimal={false}
            value={options.shots}
            onChange={(value) => typeof value === 'number' && onChange({ shots: value })}
          />
        </div>
        {options.scoring === 'generation' && (
          <NumberInput
            size="xs"
            label={t('run.answer')}
            placeholder={String(answerTokens({ ...options, answer: '' }))}
            min={1}
            max={4096}
            allowDecimal={false}
            value={options.answer}
            onChange={(value) => onChange({ answer: typeof value === 'number' ? value : '' })}
          />
        )}
        <Checkbox
          size="xs"
          label={t('run.chatTemplate')}
          checked={options.chat}
          onChange={(event) => onChange({ chat: event.currentTarget.checked })}
        />
        {options.scoring === 'generation' && (
          <MemoryFields value={options.memory} onChange={(memory) => onChange({ memory })} />
        )}
        {mayThink(options) && (
          <ThinkingFields value={options.thinking} onChange={(thinking) => onChange({ thinking })} />
        )}
      </div>
    </details>
  );
}
