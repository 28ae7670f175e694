import { NativeSelect } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useSentence } from '../i18n/index.ts';
import { Card, useCommand } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import './preferences.css';

/** How often the GPUs are sampled now, and what that costs. */
export function Polling() {
  const { t } = useTranslation();
  const { askedMs, reachedMs, costPercent, restarts } = usePanelState((state) => state.telemetry.collection);
  const every = (ms: number | null) =>
    ms === null ? t('preferences.polling.none') : t('preferences.polling.every', { time: intervalText(ms) });
  return (
    <Card title={t('sections.name.polling')}>
      <p className="dim small">{t('preferences.polling.about')}</p>
      <dl className="facts-list">
        {needs.map((need) => (
          <Interval key={need} need={need} />
        ))}
        <dt>{t('preferences.polling.asked')}</dt>
        <dd>{every(askedMs)}</dd>
        <dt>{t('preferences.polling.reached')}</dt>
        <dd>{every(reachedMs)}</dd>
        <dt>{t('preferences.polling.cost')}</dt>
        <dd>
          {costPercent === null
            ? t('preferences.polling.none')
            : t('preferences.polling.percent', { value: costPercent.toFixed(1) })}
        </dd>
        <dt>{t('preferences.polling.restarts')}</dt>
        <dd>{restarts}</dd>
      </dl>
    </Card>
  );
}

const needs = ['busy', 'visible', 'hidden'] as const;
const offered = [250, 500, 1_000, 2_000, 5_000];

/** One interval; a value that is not offered is one that the file has. */
function Interval({ need }: { need: (typeof needs)[number] }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const id = useId();
  const ms = usePanelState((state) => state.polling[need]);
  const change = useCommand('polling.change');
  const values = [...new Set([...offered, ms])].sort((a, b) => a - b);
  return (
    <>
      <dt id={id}>{t(`preferences.polling.${need}`)}</dt>
      <dd>
        <NativeSelect
          size="xs"
          w={140}
          aria-labelledby={id}
          value={String(ms)}
          onChange={(event) => void change.run({ [need]: Number(event.currentTarget.value) })}
          data={values.map((value) => ({
            value: String(value),
            label: t('preferences.polling.every', { time: intervalText(value) }),
          }))}
        />
        {change.error && <div className="error small">{sentence(change.error.sentence)}</div>}
      </dd>
    </>
  );
}

const intervalText = (ms: number) => (ms < 1_000 ? `${Math.round(ms)} ms` : `${Number((ms / 1_000).toFixed(1))} s`);
