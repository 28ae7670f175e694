import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { HOST } from '#contract';
import { Card } from '../parts/index.ts';
import { ticks } from '../transport/index.ts';
import { useFeed, useSeen } from './feed/use-feed.ts';
import { Legend } from './legend.tsx';
import { Plot } from './plot/plot.tsx';
import { plots } from './plots.ts';

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
