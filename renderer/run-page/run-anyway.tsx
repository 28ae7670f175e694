import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import type { Run } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Confirm, useCommand } from '../parts/index.ts';

/** Runs what the plan refused, after a confirmation; the limit still holds. */
export function RunAnyway({ run, disabled }: { run: Run; disabled: boolean }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [confirming, { open, close }] = useDisclosure(false);
  const resume = useCommand('runs.resume');
  return (
    <>
      <Button size="compact-xs" variant="default" disabled={disabled} onClick={open}>
        {t('resume.force')}
      </Button>
      <Confirm
        title={t('resume.forceTitle')}
        yes={t('resume.force')}
        opened={confirming}
        busy={resume.busy}
        error={resume.error ? sentence(resume.error.sentence) : undefined}
        // The button goes away with the new run, and this dialog with it.
        onYes={() => void resume.run({ req_id: run.req_id, force: true })}
        onClose={close}
      >
        <p>{t('resume.forceText')}</p>
      </Confirm>
    </>
  );
}
