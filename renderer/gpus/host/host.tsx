import { useTranslation } from 'react-i18next';
import type { HostSample } from '#contract';
import { sizeText } from '../../parts/index.ts';
import { useLatestTick } from '../../transport/index.ts';
import './host.css';
import { hostShares } from './host-shares.ts';

/** System RAM in one line: layers that are offloaded from a GPU go there. */
export function Host() {
  const { t } = useTranslation();
  const host = useLatestTick()?.host;
  if (!host) return null;
  const { ramTotalMiB: total, ramUsedMiB: used, backendRssMiB: backend } = host;
  const shares = hostShares(host);
  const text = (mib: number | null) => (mib === null ? '–' : sizeText(mib, total ?? mib));
  const unreported = t('telemetry.missing.unreported');
  return (
    <section className="card compact host" aria-label={t('host.title')}>
      <header>
        <h2>{t('host.title')}</h2>
        <div className="bar" aria-hidden>
          {shares && (
            <>
              <span className="part" style={{ background: 'var(--weights)', left: 0, width: `${shares.ours}%` }} />
              <span className="part" style={{ background: 'var(--others)', right: 0, width: `${shares.others}%` }} />
            </>
          )}
        </div>
        <span title={used === null ? unreported : undefined}>
          <span className="dim">{t('host.ram')}</span> {text(used)} <span className="dim">/ {text(total)}</span>
        </span>
        <Swap host={host} unreported={unreported} />
        <span title={backend === null ? t('host.noBackend') : t('host.backendAbout')}>
          <i className="swatch" style={{ background: 'var(--weights)' }} />
          <span className="dim">{t('host.backend')}</span> {text(backend)}
        </span>
      </header>
    </section>
  );
}

function Swap({ host, unreported }: { host: HostSample; unreported: string }) {
  const { t } = useTranslation();
  const { swapTotalMiB: total, swapUsedMiB: used } = host;
  if (total === 0) return <span className="dim">{t('host.noSwap')}</span>;
  const text = (mib: number | null) => (mib === null ? '–' : sizeText(mib, total ?? mib));
  return (
    <span title={used === null ? unreported : t('host.swapAbout')}>
      <span className="dim">{t('host.swap')}</span> {text(used)} <span className="dim">/ {text(total)}</span>
    </span>
  );
}
