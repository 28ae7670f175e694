import { useTranslation } from 'react-i18next';
import type { HostSample } from '#contract';
import { sizeText } from '../parts/index.ts';
import { useLatestTick } from '../transport/index.ts';
import { hostView } from './host-view.ts';

/** The machine's own memory in one line: what is offloaded from a GPU lies there. */
export function Host() {
  const { t } = useTranslation();
  const host = useLatestTick()?.host;
  if (!host) return null;
  const { ramTotalMiB: total, ramUsedMiB: used, backendRssMiB: backend } = host;
  const parts = hostView(host);
  const text = (mib: number | null) => (mib === null ? '–' : sizeText(mib, total ?? mib));
  const untold = t('telemetry.missing.untold');
  return (
    <section className="card compact host" aria-label={t('host.title')}>
      <header>
        <h2>{t('host.title')}</h2>
        <div className="bar" aria-hidden>
          {parts && (
            <>
              <span className="part" style={{ background: 'var(--weights)', left: 0, width: `${parts.ours}%` }} />
              <span className="part" style={{ background: 'var(--others)', right: 0, width: `${parts.others}%` }} />
            </>
          )}
        </div>
        <span title={used === null ? untold : undefined}>
          <span className="dim">{t('host.ram')}</span> {text(used)} <span className="dim">/ {text(total)}</span>
        </span>
        <Swap host={host} untold={untold} />
        <span title={backend === null ? t('host.noBackend') : t('host.backendAbout')}>
          <i className="swatch" style={{ background: 'var(--weights)' }} />
          <span className="dim">{t('host.backend')}</span> {text(backend)}
        </span>
      </header>
    </section>
  );
}

function Swap({ host, untold }: { host: HostSample; untold: string }) {
  const { t } = useTranslation();
  const { swapTotalMiB: total, swapUsedMiB: used } = host;
  if (total === 0) return <span className="dim">{t('host.noSwap')}</span>;
  const text = (mib: number | null) => (mib === null ? '–' : sizeText(mib, total ?? mib));
  return (
    <span title={used === null ? untold : t('host.swapAbout')}>
      <span className="dim">{t('host.swap')}</span> {text(used)} <span className="dim">/ {text(total)}</span>
    </span>
  );
}
