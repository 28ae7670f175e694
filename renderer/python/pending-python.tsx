import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSentence } from '../i18n/index.ts';
import { useCommand, useDecision } from '../parts/index.ts';
import { usePanelState } from '../store.ts';

/** Another Python is chosen than the backend runs on: the restart that takes it. */
export function PendingPython() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { next, running } = usePanelState((state) => state.python);
  const phase = usePanelState((state) => state.backend.phase);
  const own = usePanelState((state) => state.profiles.chosen === null);
  const start = useCommand('backend.start');
  const restart = useDecision('backend.restart', 'restart');
  const isDown = phase === 'stopped' || phase === 'failed';
  const isPending = running !== null && running !== next;
  if (!own || !(isPending || isDown)) return null;
  const error = isDown ? start.error : restart.error;
  return (
    <div className="pending-python row wrap" role="status">
      <span className="grow">{t(isDown ? 'python.starts' : 'python.pending', { path: next })}</span>
      <Button
        size="xs"
        loading={isDown ? start.busy : restart.busy}
        onClick={() => void (isDown ? start.run({}) : restart.run())}
      >
        {t(isDown ? 'backend.start' : 'python.restart')}
      </Button>
      {error && <div className="error small">{sentence(error.sentence)}</div>}
      {restart.dialog}
    </div>
  );
}
