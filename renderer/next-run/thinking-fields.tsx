import { NumberInput, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type ThinkingParameters, thinkingBudget } from '#contract';

export interface Thinking {
  enabled: boolean;
  /** Tokens before the answer. */
  budget: number;
}

export const noThinking: Thinking = { enabled: false, budget: thinkingBudget.default };

/** As a run asks for it; nothing where it is off, which is the default. */
export const thinkingParameters = ({ enabled, budget }: Thinking): ThinkingParameters =>
  enabled ? { enable_thinking: true, thinking_budget: budget } : {};

/** Tokens that the plan counts beside those of the answer. */
export const thinkingTokens = ({ enabled, budget }: Thinking) => (enabled ? budget : 0);

export function ThinkingFields({ value, onChange }: { value: Thinking; onChange(next: Thinking): void }) {
  const { t } = useTranslation();
  return (
    <div className="row">
      <Switch
        className="grow"
        size="xs"
        label={t('run.thinking')}
        description={t('run.thinkingHint')}
        checked={value.enabled}
        onChange={(event) => onChange({ ...value, enabled: event.currentTarget.checked })}
      />
      {value.enabled && (
        <NumberInput
          size="xs"
          w={110}
          label={t('run.thinkingBudget')}
          min={1}
          max={thinkingBudget.most}
          allowDecimal={false}
          value={value.budget}
          onChange={(budget) => typeof budget === 'number' && budget > 0 && onChange({ ...value, budget })}
        />
      )}
    </div>
  );
}
