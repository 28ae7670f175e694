import { useCallback, useState } from 'react';
import { PanelError } from '#contract';
import { openRecording } from './files.ts';

/** Opens a recording with what a button needs to know. Answers whether it is shown now. */
export function useOpening() {
  const [busy, setBusy] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const open = useCallback(async (name: string, file: () => Promise<Blob> | Blob): Promise<boolean> => {
    setBusy(name);
    setError(null);
    try {
      await openRecording(name, await file());
      return true;
    } catch (failure) {
      setError(PanelError.from(failure).message);
      return false;
    } finally {
      setBusy(null);
    }
  }, []);
  return { open, busy, error };
}
