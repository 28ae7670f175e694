import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type Change, changeSchema, type Run, type WayOut } from '#contract';
import { bytesText, useCommand } from '../parts/index.ts';
import { usePanel, usePanelState } from '../store.ts';

const isSetting = (way: WayOut) => way.change === 'limit' || way.change === 'dtype';

/** The ways on from a run that ended early. What it finished is kept, whichever is taken. */
export function ResumeButtons({ run, ways }: { run: Run; ways: WayOut[] }) {
  const { t } = useTranslation();
  const ready = usePanelState((state) => state.backend.phase === 'ready');
  const taken = usePanel(({ runs }) => [...runs.values()].some((other) => other.resumes === run.req_id));
  const resume = useCommand('runs.resume');
  const go = (change?: Change) => void resume.run({ req_id: run.req_id, ...(change ? { change } : {}) });
  if (taken) return <div className="dim small">{t('resume.taken')}</div>;
  const disabled = !ready || resume.busy;
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
              title={isSetting(way) ? t('resume.restarts') : undefined}
              onClick={() => go(change)}
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
        <Button size="compact-xs" variant="default" disabled={disabled} loading={resume.busy} onClick={() => go()}>
          {ways.length > 0 ? t('resume.asIs') : t('resume.resume')}
        </Button>
      </div>
      {resume.error && <div className="error small">{resume.error.message}</div>}
    </div>
  );
}

function wayText({ change, from, to }: WayOut, t: (key: string, words?: Record<string, unknown>) => string): string {
  const said = (value: WayOut['to'] | null) =>
    value === null ? t('resume.whole') : typeof value === 'number' && change === 'limit' ? value.toFixed(2) : value;
  return t('resume.way', { name: t(`resume.name.${change}`), from: said(from), to: said(to) });
}
