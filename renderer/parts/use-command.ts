import { useCallback, useState } from 'react';
import { type CommandInput, type CommandName, type CommandOutput, PanelError } from '#contract';
import { core } from '../store.ts';

/** A command with what a button needs to know: is it on, and why did it fail the last time. */
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
