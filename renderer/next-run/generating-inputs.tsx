import { NativeSelect, NumberInput, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type KvCache, kvCaches, thinkingBudget } from '#contract';
import type { GeneratingFields } from './fields.ts';
import { WholeNumber } from './whole-number.tsx';

interface Inputs {
  fields: GeneratingFields;
  onChange(change: Partial<GeneratingFields>): void;
}

export function MemoryInputs({ fields, onChange }: Inputs) {
  const { t } = useTranslation();
  return (
    <div className="row">
      <WholeNumber
        label={t('run.chunk')}
        hint={t('run.chunkHint')}
        min={16}
        value={fields.chunk}
        onValue={(chunk) => onChange({ chunk })}
      />
      <NativeSelect
        className="grow"
        size="xs"
        label={t('run.kvCache')}
        value={fields.kvCache}
        onChange={(event) => onChange({ kvCache: event.currentTarget.value as KvCache })}
        data={kvCaches.map((name) => ({ value: name, label: t(`run.kvCaches.${name}`) }))}
      />
    </div>
  );
}

export function ThinkingInputs({ fields, onChange }: Inputs) {
  const { t } = useTranslation();
  return (
    <div className="row">
      <Switch
        className="grow"
        size="xs"
        label={t('run.thinking')}
        description={t('run.thinkingHint')}
        checked={fields.thinking}
        onChange={(event) => onChange({ thinking: event.currentTarget.checked })}
      />
      {fields.thinking && (
        <NumberInput
          size="xs"
          w={110}
          label={t('run.thinkingBudget')}
          min={1}
          max={thinkingBudget.most}
          allowDecimal={false}
          value={fields.budget}
          onChange={(budget) => typeof budget === 'number' && budget > 0 && onChange({ budget })}
        />
      )}
    </div>
  );
}
