import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { type Comparison, fewestCompared, mostCompared } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { paths } from '../routes/index.ts';
import { ExportMenu } from '../run-export/index.ts';
import { LinesCard } from './lines-card.tsx';
import { MemoryCurves } from './memory/memory-curves.tsx';
import { Missing, Problem } from './problems.tsx';
import { RunPicker } from './run-picker.tsx';
import { RunsCard } from './runs-card.tsx';
import { ScoresCards } from './scores-cards.tsx';
import { useComparison } from './use-comparison.ts';
import { reportOf } from './verdict.ts';
import { Verdicts } from './verdicts.tsx';
import './compare.css';

/** Two to six runs against the first of them: what the paired test says, the scores, and what else differs. */
export function Compare({ ids: given }: { ids: readonly string[] }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [, navigate] = useLocation();
  const different = [...new Set(given)].filter((id) => id !== '');
  const ids = different.slice(0, mostCompared);
  const { comparison, error, busy, retry } = useComparison(ids);
  const show = (next: readonly string[]) => navigate(paths.compare(next), { replace: true });
  const few = ids.length < fewestCompared;
  const shown = few || (busy && error) ? null : comparison;
  const left = different.length - ids.length;
  return (
    <>
      <div className="compare-head">
        <Link href={paths.runs} className="dim">
          {t('frame.room.runs')}
        </Link>
        <span className="dim">/</span>
        <h2>{t('compare.title')}</h2>
        {left > 0 && (
          <span className="compare-warning small">{t('compare.most', { most: mostCompared, count: left })}</span>
        )}
        <span className="grow" />
        {ids.length < mostCompared && <RunPicker chosen={ids} onAdd={(id) => show([...ids, id])} />}
        {shown && shown.runs.length > 0 && (
          <ExportMenu
            ids={shown.runs.map(({ req_id }) => req_id)}
            filter={{}}
            count={shown.runs.length}
            lead={reportOf(shown, t, sentence)}
          />
        )}
      </div>
      {few && (
        <div className="card dim" role="status">
          {t('compare.few')}
        </div>
      )}
      {!few && error && <Problem error={error} stale={shown !== null} onRetry={retry} />}
      {!few && !shown && !error && (
        <div className="card dim" role="status" aria-busy>
          {t('compare.loading')}
        </div>
      )}
      {shown && <Compared comparison={shown} busy={busy} onShow={show} />}
    </>
  );
}

interface ComparedProps {
  comparison: Comparison;
  /** Others are being compared. */
  busy: boolean;
  onShow(ids: readonly string[]): void;
}

function Compared({ comparison, busy, onShow }: ComparedProps) {
  const known = comparison.runs.map(({ req_id }) => req_id);
  return (
    <div className="compare-cards" aria-busy={busy} inert={busy}>
      <Missing missing={comparison.missing} onRemove={() => onShow(known)} />
      {known.length > 0 && (
        <>
          <RunsCard comparison={comparison} onShow={onShow} />
          {known.length > 1 && <Verdicts comparison={comparison} />}
          <ScoresCards comparison={comparison} />
          <div className={known.length > 3 ? 'compare-cards' : 'compare-columns'}>
            <LinesCard comparison={comparison} />
            <MemoryCurves runs={comparison.runs} />
          </div>
        </>
      )}
    </div>
  );
}
