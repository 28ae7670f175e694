import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';

// Each room is loaded when it is first opened, so that the first load stays small.
const Overview = lazy(() => import('./overview.tsx'));
const RunsRoom = lazy(() => import('./runs-room.tsx'));
const RunRoom = lazy(() => import('./run-room.tsx'));
const CompareRoom = lazy(() => import('./compare-room.tsx'));
const LogRoom = lazy(() => import('./log-room.tsx'));
const InboxRoom = lazy(() => import('./inbox-room.tsx'));
const SettingsRoom = lazy(() => import('./settings-room.tsx'));

/** The room of the address; an unknown address shows the overview. */
export function Rooms() {
  return (
    <Suspense fallback={<div className="room" aria-busy />}>
      <Switch>
        <Route path="/runs" component={RunsRoom} />
        <Route path="/runs/:id">{({ id }) => <RunRoom key={id} id={id} />}</Route>
        <Route path="/compare/*">
          {(params) => <CompareRoom ids={params['*'].split('/').map(decodeURIComponent)} />}
        </Route>
        <Route path="/log" component={LogRoom} />
        <Route path="/inbox/:entry?">{({ entry }) => <InboxRoom target={entry} />}</Route>
        <Route path="/settings/:section?">{({ section }) => <SettingsRoom section={section} />}</Route>
        <Route component={Overview} />
      </Switch>
    </Suspense>
  );
}
