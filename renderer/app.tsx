import { useTranslation } from 'react-i18next';
import { ActiveAlerts, AlertAnnouncer } from './alerts/index.ts';
import { Adoption, BackendTrouble, ExposedHost, StartSteps } from './backend/index.ts';
import { Charts } from './charts/index.ts';
import { GpuCards } from './gpus/index.ts';
import { Log } from './log/index.ts';
import { Processes } from './processes/index.ts';
import { DropZone, ReplayBar, ReplayGuard } from './replay/index.ts';
import { RunColumn, StorageTrouble } from './runs/index.ts';
import { Limits } from './settings/index.ts';
import { AfterRun, ClosingQuestion, Header, Notices } from './shell/index.ts';
import { usePanel } from './store.ts';
import './app.css';

export function App() {
  const { t } = useTranslation();
  const status = usePanel((panel) => panel.status);
  const hasState = usePanel((panel) => panel.state !== null);
  if (status === 'noToken' || status === 'wrongToken' || !hasState) {
    const reason = status === 'open' ? 'connecting' : status;
    return <main className="gate">{t(`gate.${reason}`)}</main>;
  }
  return (
    <>
      <ReplayGuard>
        <Page lost={status === 'lost'} />
      </ReplayGuard>
      <DropZone />
      <ClosingQuestion />
    </>
  );
}

function Page({ lost }: { lost: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="page">
      <Header />
      <AlertAnnouncer />
      <main className="columns">
        <div className="column">
          {lost && <div className="card error">{t('gate.lost')}</div>}
          <AfterRun />
          <Notices />
          <ExposedHost />
          <BackendTrouble />
          <StorageTrouble />
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
