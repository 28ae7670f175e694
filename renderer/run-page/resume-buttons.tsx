import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type Change, changeSchema, type Run, type WayOut } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { bytesText, useCommand } from '../parts/index.ts';
import { useReplayed } from '../replay/index.ts';
import { usePanel, usePanelState } from '../store.ts';
import { RunAnyway } from './run-anyway.tsx';

const isSetting = (way: WayOut) => way.change === 'limit' || way.change === 'dtype';

/**
 * Resumes a run that stopped early, as it was or with one change. Finished items are kept either way. `refused`: its plan says that
 * it does not fit, which the person may override.
 */
export function ResumeButtons({ run, ways, refused = false }: { run: Run; ways: WayOut[]; refused?: boolean }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const replayed = useReplayed(({ replay }) => replay !== null);
  const ready = usePanelState(({ backend }) => backend.phase === 'ready' && backend.worker !== 'failed');
  const isResumed = usePanel(({ runs }) => [...runs.values()].some((other) => other.resumes === run.req_id));
  const resume = useCommand('runs.resume');
  const resumeWith = (change?: Change) =>
    void resume.run(change ? { req_id: run.req_id, change } : { req_id: run.req_id });
  if (isResumed) return <div className="dim small">{t('resume.resumed')}</div>;
  const disabled = replayed || !ready || resume.busy;
  return (
    <div className="stack tight">
      {ways.length > 0 && <div className="dim small">{t('resume.ways')}</div>}
      {ways.map((way) => {
        const change = changeSchema.safeParse({ name: way.change, to: way.to }).data;
        return (
          change && (
            <Button
              key={way.change}
              className="way"
              size="compact-sm"
              variant="default"
              disabled={disabled}
              title={isSetting(way) ? t('resume.restarts') : (sentence(way.price_sentence) ?? undefined)}
              onClick={() => resumeWith(change)}
            >
              <span className="grow cut">{wayText(way, t)}</span>
              <span className="dim">{bytesText(way.total)}</span>
            </Button>
          )
        );
      })}
      <div className="row">
        <span className="grow dim small">
          {run.current_item > 0 && t('resume.kept', { count: run.current_item, total: run.total_items })}
        </span>
        <Button
          size="compact-xs"
          variant="default"
          disabled={disabled}
          loading={resume.busy}
          onClick={() => resumeWith()}
        >
          {ways.length > 0 ? t('resume.unchanged') : t('resume.resume')}
        </Button>
        {refused && <RunAnyway run={run} disabled={disabled} />}
      </div>
      {resume.error && <div className="error small">{sentence(resume.error.sentence)}</div>}
    </div>
  );
}

function wayText({ change, from, to }: WayOut, t: (key: string, words?: Record<string, unknown>) => string): string {
  if (change === 'kv_offload' || change === 'kv_quantized') return t('resume.cache', { way: t(`plan.way.${change}`) });
  const valueText = (value: WayOut['to'] | null) => {
    if (value === null) return t('resume.whole');
    return typeof value === 'number' && change === 'limit' ? value.toFixed(2) : value;
  };
  return t('resume.way', { name: t(`resume.name.${change}`), from: valueText(from), to: valueText(to) });
}
