import { CloseButton } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Clearing } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { sizeText, useNow } from '../parts/index.ts';
import { valueText } from '../settings/index.ts';
import { usePanelState } from '../store.ts';
import { clearTable, freedOf, stepTimes } from './clear-rows.ts';
import { ClearTable } from './clear-table.tsx';
import './clear.css';

/** The progress and result of a clearing; it leaves the GPU cards visible. */
export function ClearPanel({ clearing, onClose }: { clearing: Clearing; onClose(): void }) {
  const { t } = useTranslation();
  const devices = usePanelState((state) => state.telemetry.devices);
  const now = useNow(100, clearing.active);
  const rows = clearTable(clearing, devices);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // Escape closes a dialog on top first.
      if (event.key === 'Escape' && !document.querySelector('[aria-modal="true"]')) onClose();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [onClose]);
  return (
    <section className="clear-panel" aria-label={t('backend.clear')}>
      <div className="row">
        <h2>{t('backend.clear')}</h2>
        <span className="grow" />
        <CloseButton size="sm" aria-label={t('clearing.dismiss')} onClick={onClose} />
      </div>
      <ol className="steps" aria-live="polite">
        {stepTimes(clearing, now).map(({ name, ms, current }) => (
          <li key={name} className={current ? 'current' : 'done'} aria-current={current ? 'step' : undefined}>
            <span className="grow">{t(`clearing.${name}`)}</span>
            {name === 'sweep' && clearing.swept && <span className="dim">{sweptText(clearing.swept, t)}</span>}
            <span className="number">{(ms / 1_000).toFixed(1)} s</span>
          </li>
        ))}
      </ol>
      {rows.length > 0 && <ClearTable rows={rows} />}
      <Outcome clearing={clearing} freed={sizeText(freedOf(rows), rows[0]?.total ?? 0)} />
      {clearing.changes.map(({ name, from, to }) => (
        <div key={name} className="small">
          <span className="dim">{t('clearing.with')}</span> {name}{' '}
          <strong>
            {valueText(name, from, t)} → {valueText(name, to, t)}
          </strong>
        </div>
      ))}
    </section>
  );
}

function Outcome({ clearing, freed }: { clearing: Clearing; freed: string }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  if (clearing.problems.length > 0) return <div className="error">{clearing.problems.map(sentence).join(' ')}</div>;
  if (!clearing.afterMiB) return null;
  if (Object.keys(clearing.beforeMiB).length === 0) return <div className="dim">{t('clearing.unmeasured')}</div>;
  return <strong className="freed">{t('clearing.done', { freed })}</strong>;
}

function sweptText({ processes, files }: NonNullable<Clearing['swept']>, t: TFunction): string {
  const parts = [
    processes.length > 0 && t('clearing.sweptProcesses', { count: processes.length }),
    files > 0 && t('clearing.sweptFiles', { count: files }),
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : t('clearing.sweptNothing');
}
