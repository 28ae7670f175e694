import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { wordSentence } from '../i18n/index.ts';
import { sizeText, useCommand } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { ClearPanel } from './clear-panel.tsx';
import { clearTable, freedOf } from './clear-rows.ts';

/** "Clear and restart": one click, then a panel that shows what happens and stays until it is dismissed. */
export function Clear() {
  const { t, i18n } = useTranslation();
  const clear = useCommand('gpu.clearAndRestart');
  const clearing = usePanelState((state) => state.clearing);
  const devices = usePanelState((state) => state.telemetry.devices);
  const [open, setOpen] = useState(false);
  const active = clearing?.active ?? false;
  const step = clearing?.steps.at(-1)?.name;
  // It may have been asked for elsewhere.
  useEffect(() => {
    if (active) setOpen(true);
  }, [active]);

  // Who has dismissed the panel is told of the end in a toast.
  const wasActive = useRef(active);
  useEffect(() => {
    const ended = wasActive.current && !active;
    wasActive.current = active;
    if (!ended || !clearing || open) return;
    const rows = clearTable(clearing, devices);
    const freed = sizeText(freedOf(rows), rows[0]?.total ?? 0);
    const problem = clearing.problems.map((one) => wordSentence(one, i18n.language)).join(' ');
    const message = problem || t('clearing.done', { freed });
    const closeButtonProps = { 'aria-label': t('notices.dismiss') };
    notifications.show({ message, closeButtonProps, ...(problem ? { color: 'red', autoClose: 10_000 } : {}) });
  }, [active, clearing, devices, open, t, i18n]);

  return (
    <>
      {active && !open && step && step !== 'done' && (
        <Button variant="subtle" color="gray" size="compact-xs" onClick={() => setOpen(true)}>
          {t(`clearing.${step}`)}…
        </Button>
      )}
      <Button variant="default" size="xs" loading={clear.busy || active} onClick={() => clear.run({})}>
        {t('backend.clear')}
      </Button>
      {open && clearing && <ClearPanel clearing={clearing} onClose={() => setOpen(false)} />}
    </>
  );
}
