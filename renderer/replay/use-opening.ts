import { useCallback, useState } from 'react';
import { PanelError, type Sentence } from '#contract';
import { openRecording } from './files.ts';

/** Opens a recording. `busy` is the name of the file while it opens; `open` returns whether it succeeded. */
export function useOpening() {
  const [busy, setBusy] = useState<string | null>(null);
  const [error, setError] = useState<Sentence | null>(null);
  const open = useCallback(async (name: string, file: () => Promise<Blob> | Blob): Promise<boolean> => {
    setBusy(name);
    setError(null);
    try {
      await openRecording(name, await file());
      return true;
    } catch (failure) {
      setError(PanelError.from(failure).sentence);
      return false;
    } finally {
      setBusy(null);
    }
  }, []);
  return { open, busy, error };
}
