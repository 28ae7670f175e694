import { lazy, Suspense, useState } from 'react';
import { useReplayed } from '../replay/index.ts';
import { usePanelState } from '../store.ts';

const Steps = lazy(() => import('./first-run.tsx'));

/** The first run's card, until it is done; once shown it stays until the person closes it. Others never load it. */
export function FirstRun() {
  const done = usePanelState((state) => state.firstRun.done);
  const [wasShown, setWasShown] = useState(!done);
  const replayed = useReplayed(({ replay }) => replay !== null);
  if (replayed || (done && !wasShown)) return null;
  return (
    <Suspense fallback={null}>
      <Steps onClose={() => setWasShown(false)} />
    </Suspense>
  );
}
