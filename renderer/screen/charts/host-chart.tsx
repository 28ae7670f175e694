import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { HOST } from '#contract';
import { plots } from '../../live/plots.ts';
import { ticks } from '../../live/ticks.ts';
import { Card } from '../../parts/card.tsx';
import { Legend } from './legend.tsx';
import { Plot } from './plot.tsx';
import { useFeed, useSeen } from './use-feed.ts';

const metrics = plots.host.lines.map(({ metric }) => metric);

/** The machine's own memory: what does not fit on a GPU is offloaded to it. */
export function HostChart({ many }: { many: boolean }) {
  const { t } = useTranslation();
  const { ref, width, seen } = useSeen<HTMLDivElement>();
  const feed = useFeed(HOST, metrics, { width, seen });
  const total = useSyncExternalStore(ticks.onChange, () => ticks.latest()?.host?.ramTotalMiB ?? 0);
  return (
    <Card title={t('charts.name.host')} aside={!many && <Legend lines={plots.host.lines} />}>
      <div ref={ref} className="host-plot">
        <Plot feed={feed} spec={plots.host} card={total} />
      </div>
    </Card>
  );
}
