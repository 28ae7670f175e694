import { Button, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type AfterRunAction, contradict, type When } from '#contract';
import { useLive, usePanel } from '../../store.ts';
import { useUnsavedText } from '../use-unsaved-text.ts';
import './confirm.css';
import './when-dialog.css';

interface WhenDialogProps {
  action: AfterRunAction;
  opened: boolean;
  error?: string | null | undefined;
  onChoose(when: When): void;
  onClose(): void;
}

/** Asks when what would end the run in progress should happen; Cancel has the focus. */
export function WhenDialog({ action, opened, error, onChoose, onClose }: WhenDialogProps) {
  const { t } = useTranslation();
  const run = usePanel(({ runs }) => [...runs.values()].find(({ status }) => status === 'processing'));
  return (
    <Modal.Root opened={opened} onClose={onClose} size="md" centered transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content>
        <div className="confirm-dialog stack">
          <Modal.Title fw={600}>{t(`when.title.${action}`)}</Modal.Title>
          <Consequences action={action} />
          {error && <div className="error">{error}</div>}
          <div className="row when-choices">
            <span className="grow" />
            <Button size="xs" variant="default" data-autofocus onClick={onClose}>
              {t('confirm.no')}
            </Button>
            {run && (
              <Button size="xs" variant="default" onClick={() => onChoose('afterRun')}>
                {t('when.afterRun')}
              </Button>
            )}
            <Button size="xs" variant="filled" color="red.9" onClick={() => onChoose('now')}>
              {t(run ? 'when.now' : 'when.continue')}
            </Button>
          </div>
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}

/** What each choice means for the run in progress, the queue, and an earlier decision. */
function Consequences({ action }: { action: AfterRunAction }) {
  const { t } = useTranslation();
  const runs = usePanel((panel) => panel.runs);
  const unsaved = useUnsavedText();
  const earlier = useLive(({ state }) => state?.afterRun?.action);
  const all = [...runs.values()];
  const run = all.find(({ status }) => status === 'processing');
  const queued = all.filter(({ status }) => status === 'queued').length;
  const lost = unsaved && <strong className="error">{unsaved}</strong>;
  if (!run) return lost || <div>{t('when.finished')}</div>;
  const words = {
    dataset: run.dataset.split('/').at(-1),
    model: run.model.split(/[\\/]/).at(-1),
    current: run.current_item,
    total: run.total_items,
  };
  const restarts = !contradict(action, 'restart');
  return (
    <>
      <strong>{t(run.total_items > 0 ? 'when.run' : 'when.beforeFirst', words)}</strong>
      {lost || <div>{t('when.resumable')}</div>}
      {queued > 0 && <div>{t(restarts ? 'when.queuedForRestart' : 'when.queuedForStart', { count: queued })}</div>}
      {earlier && (
        <div>
          {t('when.already', { what: t(`when.done.${earlier}`) })} {contradict(earlier, action) && t('when.replaces')}
        </div>
      )}
    </>
  );
}
