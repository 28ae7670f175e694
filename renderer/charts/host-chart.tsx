import { memo, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { HOST } from '#contract';
import { Card } from '../parts/index.ts';
import { ticks } from '../transport/index.ts';
import { useFeed, useVisible } from './feed/use-feed.ts';
import { Legend } from './legend.tsx';
import { Plot } from './plot/plot.tsx';
import { plots } from './plots.ts';

const metrics = plots.host.lines.map(({ metric }) => metric);

/** The history of system RAM, where layers that do not fit on a GPU are offloaded. */
export const HostChart = memo(function HostChart({ many }: { many: boolean }) {
  const { t } = useTranslation();
  const { ref, width, visible } = useVisible<HTMLDivElement>();
  const feed = useFeed(HOST, metrics, { width, visible });
  const totalMiB = useSyncExternalStore(ticks.onChange, () => ticks.latest()?.host?.ramTotalMiB ?? 0);
  return (
    <Card title={t('charts.name.host')} actions={!many && <Legend lines={plots.host.lines} />}>
      <div ref={ref} className="host-plot">
        <Plot feed={feed} spec={plots.host} name={t('charts.name.host')} totalMiB={totalMiB} />
      </div>
    </Card>
  );
});
