import { useTranslation } from 'react-i18next';
import { type NeedleResult, needleProfiles } from '#contract';
import { HeatMap } from './heat-map.tsx';

/** What the score means and how sure it is, and the scores by length and depth. */
export function NeedleResultView({ result }: { result: NeedleResult }) {
  const { t } = useTranslation();
  const { definition, overall_statistics: overall, total_tests: count } = result;
  const profile = needleProfiles.find((name) => name === definition?.profile);
  const [low, high] = overall.interval ?? [];
  return (
    <>
      {low !== undefined && high !== undefined && (
        <div className="dim small">
          {t('runs.needle.summary', { low: low.toFixed(2), high: high.toFixed(2), count })}
        </div>
      )}
      <HeatMap result={result} />
      <div className="dim small">
        {definition
          ? t('runs.needle.definition', {
              placement: profile ? t(`run.profiles.${profile}`) : definition.profile,
              version: definition.version,
            })
          : t('runs.needle.noDefinition')}
        {result.kv_cache === 'quantized' && ` · ${t('runs.quantizedCache')}`}
      </div>
    </>
  );
}
