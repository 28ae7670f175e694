import { ActionIcon, Button, Indicator } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconStethoscope } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Checks as ChecksState } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Dialog, useCommand, useTimeFormat } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { CheckRow } from './check-row.tsx';
import './checks.css';

/** The button that opens the environment checks. A dot and the button's label show when one failed. */
export function Checks() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  const checks = usePanelState((state) => state.checks);
  const failed = checks.list.filter(({ state }) => state === 'failed').length;
  const label = failed > 0 ? t('checks.failed', { count: failed }) : t('checks.title');
  return (
    <>
      <Indicator color="var(--red)" size={9} offset={5} disabled={failed === 0}>
        <ActionIcon variant="subtle" color="gray" aria-label={label} title={label} onClick={open}>
          <IconStethoscope size={17} />
        </ActionIcon>
      </Indicator>
      <Dialog opened={opened} onClose={close} title={t('checks.title')} actions={<RunChecks checks={checks} />}>
        {checks.list.length === 0 && <p className="dim">{t('checks.none')}</p>}
        <ul className="checks">
          {checks.list.map((check) => (
            <CheckRow key={check.id} check={check} />
          ))}
        </ul>
      </Dialog>
    </>
  );
}

function RunChecks({ checks: { running, at } }: { checks: ChecksState }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const format = useTimeFormat();
  const { run, busy, error } = useCommand('checks.run');
  return (
    <>
      {error && <span className="error small">{sentence(error.sentence)}</span>}
      {at !== null && !running && <span className="dim small">{t('checks.at', { time: format.clock(at) })}</span>}
      <Button variant="default" size="xs" loading={busy || running} onClick={() => run({})}>
        {t('checks.again')}
      </Button>
    </>
  );
}
