import { Adoption, BackendTrouble, ExposedHost, StartSteps } from '../backend/index.ts';
import { Charts } from '../charts/index.ts';
import { FirstRun } from '../first-run/index.ts';
import { GpuCards } from '../gpus/index.ts';
import { RunFirst } from '../next-run/index.ts';
import { Processes } from '../processes/index.ts';
import { QueueSmall } from '../queue/index.ts';
import { Limits } from '../settings/index.ts';

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
        <Charts />
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
