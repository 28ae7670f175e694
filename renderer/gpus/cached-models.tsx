import { useTranslation } from 'react-i18next';
import { bytesText } from '../parts/index.ts';
import { usePanelState } from '../store.ts';

/** Models that stay loaded between runs, one line each, and why the last one gave way. Nothing where there is neither. */
export function CachedModels() {
  const { t } = useTranslation();
  const models = usePanelState((state) => state.backend.cachedModels);
  const last = usePanelState((state) => state.backend.cache?.last ?? null);
  if (models.length === 0 && last === null) return null;
  return (
    <div className="cached small">
      {models.map(({ path, dtype, bytes, place, hits }) => (
        <div key={`${path} ${dtype} ${place}`} className="cut" title={path}>
          <span className="dim">{t('cache.model')}</span> {path.split(/[\\/]/).at(-1)} {bytesText(bytes)}{' '}
          <span className="dim">
            {dtype}, {t(`cache.place.${place}`)}, {t('cache.hits', { count: hits })}
          </span>
        </div>
      ))}
      {last !== null && <div className="dim last">{t('cache.last', { last })}</div>}
    </div>
  );
}
