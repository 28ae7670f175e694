import { useTranslation } from 'react-i18next';
import { sentenceOrText } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { bytesText } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';

/** The models in the cache, one line each, and why the last one was evicted. */
export function CachedModels() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const models = usePanelState((state) => state.backend.cachedModels);
  const cache = usePanelState((state) => state.backend.cache);
  const last = cache && sentence(sentenceOrText(cache.last_sentence, cache.last));
  if (models.length === 0 && last === null) return null;
  return (
    <div className="cached-models small">
      {models.map(({ path, dtype, bytes, place, hits }) => (
        <div key={`${path} ${dtype} ${place}`} className="cut" title={path}>
          <span className="dim">{t('cache.model')}</span> {path.split(/[\\/]/).at(-1)} {bytesText(bytes)}{' '}
          <span className="dim">
            {dtype}, {t(`cache.place.${place}`)}, {t('cache.hits', { count: hits })}
          </span>
        </div>
      ))}
      {last !== null && <div className="dim last-eviction">{t('cache.last', { last })}</div>}
    </div>
  );
}
