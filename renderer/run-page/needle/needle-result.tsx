import { useTranslation } from 'react-i18next';
import { type NeedleResult, needleProfiles } from '#contract';

/** What the score means and how it was made. */
export function NeedleDefinition({ result }: { result: NeedleResult }) {
  const { t } = useTranslation();
  const { definition } = result;
  const profile = needleProfiles.find((name) => name === definition?.profile);
  return (
    <div className="dim small">
      {definition
        ? t('runs.needle.definition', {
            placement: profile ? t(`run.profiles.${profile}`) : definition.profile,
            version: definition.version,
          })
        : t('runs.needle.noDefinition')}
      {result.kv_cache === 'quantized' && ` · ${t('runs.quantizedCache')}`}
    </div>
  );
}
