import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { cevalResultSchema, needleResultSchema, type Run, resultSchema, verbatim } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { bytesText, useCommand } from '../../parts/index.ts';
import { usePanel } from '../../store.ts';
import { CategoryTable } from '../ceval/category-table.tsx';
import { SubjectTable } from '../ceval/subject-table.tsx';
import { VariantLine } from '../ceval/variant-line.tsx';
import { NeedleResultView } from '../needle/needle-result.tsx';

/** The list of runs comes without results, so the result of an open run is fetched. */
export function Result({ run }: { run: Run }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { run: get, error } = useCommand('runs.get');
  useEffect(() => {
    if (run.result) return;
    void get({ req_id: run.req_id }).then((found) => {
      if (found) usePanel.setState(({ runs }) => ({ runs: new Map(runs).set(found.req_id, found) }));
    });
  }, [run.result, run.req_id, get]);
  if (error) return <div className="error small">{sentence(error.sentence)}</div>;
  const result = resultSchema.safeParse(run.result).data;
  if (!result) return null;
  const needle = needleResultSchema.safeParse(run.result).data;
  const ceval = cevalResultSchema.safeParse(run.result).data;
  const peaks = Object.entries(result.peak_memory).map(([gpu, bytes]) => `GPU ${gpu} ${bytesText(bytes)}`);
  if (result.cpu_peak !== undefined) peaks.push(`CPU ${bytesText(result.cpu_peak)}`);
  const predicted = result.predicted_peak;
  return (
    <div className="stack" style={{ marginTop: 6 }}>
      <div className="dim small">
        {ceval
          ? t('runs.accuracy', { percent: (100 * ceval.accuracy).toFixed(1), count: ceval.total_tests })
          : t('runs.score', { score: result.score.toFixed(2) })}
        {peaks.length > 0 && ` · ${t('runs.peak', { peak: peaks.join(', ') })}`}
        {predicted !== undefined && ` · ${t('runs.predicted', { peak: bytesText(predicted) })}`}
        {ceval && ` · ${t('runs.batch', { count: ceval.batch_size })}`}
      </div>
      <Offload share={result.offload ? (result.offload_share ?? 0) : 0} slowdown={result.offload_slowdown ?? null} />
      {needle && <NeedleResultView result={needle} />}
      {ceval && (
        <>
          <VariantLine result={ceval} />
          <CategoryTable result={ceval} />
          <SubjectTable result={ceval} />
        </>
      )}
      {(result.note_sentences ?? result.notes.map(verbatim)).map((note) => (
        <div key={note.text} className="dim small">
          {sentence(note)}
        </div>
      ))}
    </div>
  );
}

/** Marks a result whose run had layers on the CPU: its durations are not comparable. */
function Offload({ share, slowdown }: { share: number; slowdown: number | null }) {
  const { t } = useTranslation();
  if (share <= 0) return null;
  const percent = (100 * share).toFixed(share < 0.1 ? 1 : 0);
  return (
    <div>
      <span className="tag tight">
        {slowdown === null
          ? t('runs.offload', { percent })
          : t('runs.offloadSlower', { percent, times: slowdown.toFixed(1) })}
      </span>
    </div>
  );
}
