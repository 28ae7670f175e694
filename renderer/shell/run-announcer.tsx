import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { notifyDesktop, runName } from '../parts/index.ts';
import { useReplayed } from '../replay/index.ts';
import { usePanel, usePanelState } from '../store.ts';
import { activeRun } from './active-run.tsx';

const ENDED: ReadonlySet<Run['status']> = new Set(['completed', 'failed', 'cancelled']);

/** The window's title shows progress; the end of a run is spoken, and is a notification while the window is not in front. */
export function RunAnnouncer() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const runs = usePanel((panel) => panel.runs);
  const notify = usePanelState((state) => state.alerts.settings.notifications);
  const replayed = useReplayed(({ replay }) => replay !== null);
  const region = useRef<HTMLDivElement>(null);
  const open = useRef<ReadonlyMap<string, Run> | null>(null);

  useEffect(() => {
    document.title = titleOf(activeRun(runs));
  }, [runs]);
  useEffect(() => {
    const before = open.current;
    open.current = new Map([...runs].filter(([, { status }]) => !ENDED.has(status)));
    // What a recording shows has ended long ago, and a cancelled run is no news to the person who cancelled it.
    if (replayed || !before) return;
    for (const run of runs.values()) {
      if (!before.has(run.req_id) || !(run.status === 'completed' || run.status === 'failed')) continue;
      const title = t(`frame.ended.${run.status}`, { run: runName(run) });
      const body = run.error_sentence ? sentence(run.error_sentence) : '';
      if (region.current) region.current.textContent = [title, body].filter(Boolean).join(' ');
      if (notify) notifyDesktop({ tag: run.req_id, title, body, urgent: run.status === 'failed' });
    }
  }, [runs, notify, replayed, t, sentence]);
  return <div ref={region} className="visually-hidden" role="status" aria-label={t('frame.announcements')} />;
}

/** "13/15 · Headroom" while a run is in progress. */
export function titleOf(run: Run | null): string {
  if (!run) return 'Headroom';
  const progress = run.total_items > 0 ? `${run.current_item}/${run.total_items}` : '…';
  return `${progress} · Headroom`;
}
