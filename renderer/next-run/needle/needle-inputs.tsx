import { NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { needleProfiles, needleTasks } from '#contract';
import { changeNeedle, useRunDraft } from '../draft/run-draft.ts';
import { MemoryInputs, ThinkingInputs } from '../generating-inputs.tsx';
import { WholeNumber } from '../whole-number.tsx';
import { depthsOf, lengthsOf, type NeedleFields } from './needle-fields.ts';

export function NeedleInputs() {
  const { t } = useTranslation();
  const fields = useRunDraft(({ needle }) => needle);
  return (
    <>
      <div className="row">
        <NumberList
          label={t('run.lengths')}
          text={fields.lengths}
          error={lengthsOf(fields) ? null : t('run.numbers')}
          onText={(lengths) => changeNeedle({ lengths })}
        />
        <NumberList
          label={t('run.depths')}
          text={fields.depths}
          error={depthsOf(fields) ? null : t('run.percents')}
          onText={(depths) => changeNeedle({ depths })}
        />
      </div>
      <Task fields={fields} />
      <Text fields={fields} />
      <div className="row">
        <NativeSelect
          className="grow"
          size="xs"
          label={t('run.profile')}
          value={fields.profile}
          onChange={(event) => changeNeedle({ profile: event.currentTarget.value as NeedleFields['profile'] })}
          data={needleProfiles.map((name) => ({ value: name, label: t(`run.profiles.${name}`) }))}
        />
        <WholeNumber
          label={t('run.batch')}
          hint={t('run.batchHint')}
          max={4096}
          value={fields.batch}
          onValue={(batch) => changeNeedle({ batch })}
        />
      </div>
      <MemoryInputs fields={fields} onChange={changeNeedle} />
      <ThinkingInputs fields={fields} onChange={changeNeedle} />
    </>
  );
}

function Task({ fields }: { fields: NeedleFields }) {
  const { t } = useTranslation();
  return (
    <div className="row">
      <NativeSelect
        className="grow"
        size="xs"
        label={t('run.task')}
        value={fields.task}
        onChange={(event) => changeNeedle({ task: event.currentTarget.value as NeedleFields['task'] })}
        data={[...needleTasks, 'both'].map((name) => ({ value: name, label: t(`run.tasks.${name}`) }))}
      />
      <Whole
        label={t('run.needles')}
        max={20}
        value={fields.needles}
        onValue={(needles) => changeNeedle({ needles })}
      />
      <Whole
        label={t('run.repeats')}
        max={100}
        value={fields.repeats}
        onValue={(repeats) => changeNeedle({ repeats })}
      />
    </div>
  );
}

function Text({ fields }: { fields: NeedleFields }) {
  const { t } = useTranslation();
  return (
    <div className="row">
      <NativeSelect
        size="xs"
        label={t('run.language')}
        data={['English', 'Chinese']}
        value={fields.language}
        onChange={(event) => changeNeedle({ language: event.currentTarget.value as NeedleFields['language'] })}
      />
      <TextInput
        className="grow"
        size="xs"
        label={t('run.haystack')}
        placeholder={t('run.haystackHint')}
        value={fields.haystack}
        onChange={(event) => changeNeedle({ haystack: event.currentTarget.value })}
      />
    </div>
  );
}

function Whole(props: { label: string; max: number; value: number; onValue(value: number): void }) {
  const { label, max, value, onValue } = props;
  return (
    <NumberInput
      size="xs"
      w={76}
      label={label}
      min={1}
      max={max}
      clampBehavior="strict"
      allowDecimal={false}
      value={value}
      onChange={(next) => typeof next === 'number' && next >= 1 && onValue(next)}
    />
  );
}

function NumberList(props: { label: string; text: string; error: string | null; onText(text: string): void }) {
  const { label, text, error, onText } = props;
  return (
    <TextInput
      className="grow"
      size="xs"
      label={label}
      value={text}
      error={error}
      onChange={(event) => onText(event.currentTarget.value)}
    />
  );
}
