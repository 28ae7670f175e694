import { Button, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Run } from '#contract';
import { roundedUp, WaitForm, waitText } from '../next-run/index.ts';
import { runName, useCommand } from '../parts/index.ts';

const WITHOUT_PLAN = '8 GiB';

/** How much memory a queued run waits for; `peak`: its predicted one in bytes, where that is known. */
export function WaitDialog({ run, peak, onClose }: { run: Run; peak: number | null; onClose(): void }) {
  const { t } = useTranslation();
  const waitFor = useCommand('queue.waitFor');
  const given = run.wait_for_bytes === null ? null : waitText(run.wait_for_bytes);
  const submit = async (bytes: number) => {
    const answer = await waitFor.run({ req_id: run.req_id, bytes });
    if (answer !== null) onClose();
  };
  return (
    <Modal.Root opened onClose={onClose} size="sm" centered transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content>
        <div className="queue-dialog stack">
          <Modal.Title fw={600}>{t('queue.wait.title')}</Modal.Title>
          <div className="dim">{runName(run)}</div>
          <WaitForm
            first={given ?? (peak === null ? WITHOUT_PLAN : roundedUp(peak))}
            yes={t('queue.wait.save')}
            busy={waitFor.busy}
            error={waitFor.error?.sentence ?? null}
            onBytes={(bytes) => void submit(bytes)}
          >
            <Button size="xs" variant="default" onClick={onClose}>
              {t('confirm.no')}
            </Button>
          </WaitForm>
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}
