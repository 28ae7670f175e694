import { lazy, Suspense } from 'react';
import { Adoption, BackendTrouble, ExposedHost, StartSteps } from '../backend/index.ts';
import { FirstRun } from '../first-run/index.ts';
import { GpuCards } from '../gpus/index.ts';
import { RunFirst } from '../next-run/index.ts';
import { Processes } from '../processes/index.ts';
import { QueueSmall } from '../queue/index.ts';
import { Limits } from '../settings/index.ts';

// A third of the page's code, and the figures do not wait for it.
const Charts = lazy(async () => ({ default: (await import('../charts/index.ts')).Charts }));

export default function Overview() {
  return (
    <div className="room overview">
      <div className="column">
        <FirstRun />
        <ExposedHost />
        <BackendTrouble />
        <Adoption />
        <StartSteps />
        <GpuCards />
        <Suspense fallback={<div className="charts-place" aria-busy />}>
          <Charts />
        </Suspense>
        <Processes />
      </div>
      <div className="column">
        <RunFirst />
        <QueueSmall />
        <Limits />
      </div>
    </div>
  );
}
