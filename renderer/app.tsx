import { useTranslation } from 'react-i18next';
import { Router } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { ActiveAlerts, AlertAnnouncer } from './alerts/index.ts';
import { DropZone, ReplayBar, ReplayGuard } from './replay/index.ts';
import { Rooms } from './rooms/index.ts';
import { AfterRun, ClosingQuestion, Gate, Header, Notices, Rail, RunAnnouncer, StorageTrouble } from './shell/index.ts';
import { usePanel } from './store.ts';
import './app.css';

export function App() {
  const status = usePanel((panel) => panel.status);
  const hasState = usePanel((panel) => panel.state !== null);
  if (status === 'noToken' || status === 'wrongToken' || !hasState) {
    const reason = status === 'open' ? 'connecting' : status;
    return <Gate reason={reason} />;
  }
  return (
    <Router hook={useHashLocation}>
      <ReplayGuard>
        <Page lost={status === 'lost'} />
      </ReplayGuard>
      <DropZone />
      <ClosingQuestion />
    </Router>
  );
}

function Page({ lost }: { lost: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="page">
      <Header />
      <Rail />
      <AlertAnnouncer />
      <RunAnnouncer />
      <main>
        <div className="banners">
          {lost && <div className="card error">{t('gate.lost')}</div>}
          <AfterRun />
          <Notices />
          <StorageTrouble />
          <ActiveAlerts />
        </div>
        <Rooms />
      </main>
      <ReplayBar />
    </div>
  );
}
