import { useCallback, useState } from 'react';
import { type CommandInput, type CommandName, type CommandOutput, PanelError } from '#contract';
import { core } from '../store.ts';

/** A command with its state for a button: whether it runs, and the error of its last call. `run` resolves to null on error. */
export function useCommand<N extends CommandName>(name: N) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<PanelError | null>(null);
  const run = useCallback(
    async (input: CommandInput<N>): Promise<CommandOutput<N> | null> => {
      setBusy(true);
      setError(null);
      try {
        return await core.call(name, input);
      } catch (failure) {
        setError(PanelError.from(failure));
        return null;
      } finally {
        setBusy(false);
      }
    },
    [name],
  );
  return { run, busy, error };
}
