import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSentence } from '../i18n/index.ts';
import { sizeText, toast, useDecision, useErrorToast } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { ClearPanel } from './clear-panel.tsx';
import { clearTable, freedOf } from './clear-rows.ts';

/** The "Clear and restart" button, and a panel with its progress that stays until dismissed. */
export function Clear() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const clear = useDecision('gpu.clearAndRestart', 'clear');
  // The panel shows why a clearing failed; this is a refusal.
  useErrorToast(clear.error && clear.error.code !== 'backend_error' ? clear.error.sentence : null);
  const clearing = usePanelState((state) => state.clearing);
  const devices = usePanelState((state) => state.telemetry.devices);
  const [open, setOpen] = useState(false);
  const active = clearing?.active ?? false;
  const step = clearing?.steps.at(-1)?.name;
  // Another window or the command line may have started it.
  useEffect(() => {
    if (active) setOpen(true);
  }, [active]);

  // With the panel dismissed, a toast announces the result.
  const wasActive = useRef(active);
  useEffect(() => {
    const ended = wasActive.current && !active;
    wasActive.current = active;
    if (!ended || !clearing || open) return;
    const rows = clearTable(clearing, devices);
    const freed = sizeText(freedOf(rows), rows[0]?.total ?? 0);
    const problem = clearing.problems.map(sentence).join(' ');
    toast(problem || t('clearing.done', { freed }), problem ? { color: 'red' } : {});
  }, [active, clearing, devices, open, t, sentence]);

  return (
    <>
      {active && !open && step && step !== 'done' && (
        <Button variant="subtle" color="gray" size="compact-xs" onClick={() => setOpen(true)}>
          {t(`clearing.${step}`)}…
        </Button>
      )}
      <Button variant="default" size="xs" loading={clear.busy || active} onClick={() => void clear.run()}>
        {t('backend.clear')}
      </Button>
      {clear.dialog}
      {open && clearing && <ClearPanel clearing={clearing} onClose={() => setOpen(false)} />}
    </>
  );
}
