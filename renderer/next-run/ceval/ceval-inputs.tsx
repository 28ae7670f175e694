import { Checkbox, MultiSelect, NativeSelect, NumberInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { cevalScorings, cevalVariants } from '#contract';
import { changeCeval, useRunDraft } from '../draft/run-draft.ts';
import { MemoryInputs, ThinkingInputs } from '../generating-inputs.tsx';
import { WholeNumber } from '../whole-number.tsx';
import { answerTokens, type CevalFields, mayThink } from './ceval-fields.ts';

export function CevalInputs({ available }: { available: readonly string[] }) {
  const { t } = useTranslation();
  const fields = useRunDraft(({ ceval }) => ceval);
  const generates = fields.scoring === 'generation';
  return (
    <>
      <MultiSelect
        size="xs"
        label={t('run.subjects')}
        placeholder={fields.subjects.length > 0 ? '' : t('run.allSubjects')}
        // A subject of a shared link stays visible where the folder here lacks it.
        data={[...new Set([...available, ...fields.subjects])]}
        value={fields.subjects}
        onChange={(subjects) => changeCeval({ subjects })}
        searchable
        clearable
        comboboxProps={{ transitionProps: { duration: 0 } }}
      />
      <div className="row">
        <WholeNumber
          label={t('run.perSubject')}
          hint={t('run.allQuestions')}
          value={fields.limit}
          onValue={(limit) => changeCeval({ limit })}
        />
        <WholeNumber
          label={t('run.batch')}
          hint={t('run.batchHint')}
          max={4096}
          value={fields.batch}
          onValue={(batch) => changeCeval({ batch })}
        />
      </div>
      <WholeNumber
        label={t('run.longest')}
        hint=""
        value={fields.longest}
        onValue={(longest) => changeCeval({ longest })}
      />
      <Method fields={fields} />
      {generates && (
        <NumberInput
          size="xs"
          label={t('run.answer')}
          placeholder={String(answerTokens({ chat: fields.chat, answer: '' }))}
          min={1}
          max={4096}
          allowDecimal={false}
          value={fields.answer}
          onChange={(answer) => changeCeval({ answer: typeof answer === 'number' && answer >= 1 ? answer : '' })}
        />
      )}
      <Checkbox
        size="xs"
        label={t('run.chatTemplate')}
        checked={fields.chat}
        onChange={(event) => changeCeval({ chat: event.currentTarget.checked })}
      />
      {generates && <MemoryInputs fields={fields} onChange={changeCeval} />}
      {mayThink(fields) && <ThinkingInputs fields={fields} onChange={changeCeval} />}
    </>
  );
}

function Method({ fields }: { fields: CevalFields }) {
  const { t } = useTranslation();
  return (
    <>
      <NativeSelect
        size="xs"
        label={t('run.variant')}
        value={fields.variant}
        onChange={(event) => changeCeval({ variant: event.currentTarget.value as CevalFields['variant'] })}
        data={cevalVariants.map((name) => ({ value: name, label: t(`run.variants.${name}`) }))}
      />
      <div className="row">
        <NativeSelect
          className="grow"
          size="xs"
          label={t('run.scoring')}
          value={fields.scoring}
          onChange={(event) => changeCeval({ scoring: event.currentTarget.value as CevalFields['scoring'] })}
          data={cevalScorings.map((name) => ({ value: name, label: t(`run.scorings.${name}`) }))}
        />
        <NumberInput
          size="xs"
          w={90}
          label={t('run.shots')}
          min={0}
          max={5}
          allowDecimal={false}
          value={fields.shots}
          onChange={(shots) => typeof shots === 'number' && shots >= 0 && changeCeval({ shots })}
        />
      </div>
    </>
  );
}
