import { useTranslation } from 'react-i18next';
import { DropZone } from './replay/drop-zone.tsx';
import { ReplayBar } from './replay/replay-bar.tsx';
import { ReplayGuard } from './replay/replay-guard.tsx';
import { Adoption } from './screen/adoption.tsx';
import { ActiveAlerts } from './screen/alerts/active-alerts.tsx';
import { AlertNews } from './screen/alerts/alert-news.tsx';
import { BackendTrouble } from './screen/backend-trouble.tsx';
import { Charts } from './screen/charts/charts.tsx';
import { GpuCards } from './screen/gpu-cards.tsx';
import { Header } from './screen/header.tsx';
import { Limits } from './screen/limits.tsx';
import { Log } from './screen/log.tsx';
import { Notices } from './screen/notices.tsx';
import { Processes } from './screen/processes.tsx';
import { RunColumn } from './screen/run-column.tsx';
import { StartSteps } from './screen/start-steps.tsx';
import { usePanel } from './store.ts';

export function App() {
  const { t } = useTranslation();
  const status = usePanel((panel) => panel.status);
  const known = usePanel((panel) => panel.state !== null);
  if (status === 'noToken' || status === 'wrongToken' || !known) {
    const words = status === 'open' ? 'connecting' : status;
    return <main className="gate">{t(`gate.${words}`)}</main>;
  }
  return (
    <>
      <ReplayGuard>
        <Page lost={status === 'lost'} />
      </ReplayGuard>
      <DropZone />
    </>
  );
}

function Page({ lost }: { lost: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="page">
      <Header />
      <AlertNews />
      <main className="columns">
        <div className="column">
          {lost && <div className="card error">{t('gate.lost')}</div>}
          <Notices />
          <BackendTrouble />
          <Adoption />
          <StartSteps />
          <ActiveAlerts />
          <GpuCards />
          <Charts />
          <Processes />
          <Log />
        </div>
        <div className="column">
          <Limits />
          <RunColumn />
        </div>
      </main>
      <ReplayBar />
    </div>
  );
}
