import { SegmentedControl, Slider, TextInput } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Limit, type LimitForm, limitForm, limitText, readTypedLimit, type Settings } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { usePanelState } from '../store.ts';
import { type CardTotal, LimitBudgets, leavesNothing, useCardTotals } from './limit-budgets.tsx';
import { inForm, scaleOf } from './limit-scale.ts';
import { useSetting } from './use-setting.ts';

const forms: readonly LimitForm[] = ['fraction', 'size', 'remainder'];

/** The limit as a text, which any form may be typed into, and as a slider in the form that is chosen. */
export function LimitControl({ onSet }: { onSet: (values: Partial<Settings>) => Promise<unknown> }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { value: saved, override } = useSetting('LBS_GPU_MEMORY_LIMIT');
  const { draft, setDraft, save } = useDraft((limit) => onSet({ LBS_GPU_MEMORY_LIMIT: limit }));
  const cards = useCardTotals();
  const foreign = usePanelState((state) => state.profiles.chosen !== null);
  const text = draft ?? shown(saved);
  const read = readTypedLimit(text);
  const limit = 'limit' in read ? read.limit : saved;
  const problem = 'problem' in read ? sentence(read.problem) : null;
  const disabled = override !== null;
  return (
    <div>
      <div className="row">
        <span className="grow">{t('settings.limit')}</span>
        <TextInput
          size="xs"
          w={96}
          aria-label={t('settings.limitValue')}
          title={t('settings.limitForms')}
          disabled={disabled}
          error={problem !== null || leavesNothing(limit, cards)}
          value={text}
          onChange={(event) => setDraft(event.currentTarget.value)}
          onBlur={() => draft !== null && 'limit' in read && save(read.limit)}
          onKeyDown={(event) => event.key === 'Enter' && 'limit' in read && save(read.limit)}
        />
      </div>
      <LimitSlider {...{ limit, cards, disabled }} onMove={(next) => setDraft(shown(next))} onSet={save} />
      {problem ? <div className="error small">{problem}</div> : <LimitBudgets limit={limit} cards={cards} />}
      {foreign && typeof limit === 'string' && <div className="dim small">{t('settings.foreignLimit')}</div>}
      {override && <div className="dim small">{override}</div>}
    </div>
  );
}

/** One way for every text that means the same. */
const shown = (limit: Limit) => (limit === 0 ? '0' : limitText(limit));

/** The choice of a form rewrites the limit in it; without a limit it only sets what the slider writes. */
function LimitSlider(props: {
  limit: Limit;
  cards: CardTotal[];
  disabled: boolean;
  onMove: (limit: Limit) => void;
  onSet: (limit: Limit) => void;
}) {
  const { limit, cards, disabled, onMove, onSet } = props;
  const { t } = useTranslation();
  const [unsetForm, setUnsetForm] = useState<LimitForm>('fraction');
  const largest = Math.max(0, ...cards.map(({ totalMiB }) => totalMiB));
  const form = limit === 0 ? unsetForm : limitForm(limit);
  const scale = largest > 0 || form === 'fraction' ? scaleOf(form, largest) : null;
  const choose = (next: LimitForm) => {
    setUnsetForm(next);
    if (limit !== 0) onSet(inForm(limit, next, largest));
  };
  return (
    <>
      {largest > 0 && (
        <SegmentedControl
          mt={8}
          size="xs"
          fullWidth
          transitionDuration={0}
          aria-label={t('settings.limitForm')}
          disabled={disabled}
          value={form}
          onChange={(next) => choose(next as LimitForm)}
          data={forms.map((value) => ({ value, label: t(`settings.form.${value}`) }))}
        />
      )}
      {scale && (
        <Slider
          mt={8}
          mb={24}
          min={0}
          max={scale.max}
          step={scale.step}
          label={null}
          thumbLabel={t('settings.limit')}
          disabled={disabled}
          value={scale.positionOf(limit)}
          onChange={(position) => onMove(scale.limitAt(position))}
          onChangeEnd={(position) => onSet(scale.limitAt(position))}
          marks={[{ value: 0, label: t('settings.off') }, ...scale.marks]}
        />
      )}
    </>
  );
}

/** What is typed or dragged shows at once: until every save is done, the echo of an older one does not replace it. */
function useDraft(onSave: (limit: Limit) => Promise<unknown>) {
  const [draft, setDraft] = useState<string | null>(null);
  const saving = useRef(0);
  const save = (next: Limit) => {
    setDraft(shown(next));
    saving.current += 1;
    void onSave(next).finally(() => {
      saving.current -= 1;
      if (saving.current === 0) setDraft(null);
    });
  };
  return { draft, setDraft, save };
}
