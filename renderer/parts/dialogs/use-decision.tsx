import { useState } from 'react';
import { type AfterRunAction, type CommandInput, type CommandOutput, PanelError, type When } from '#contract';
import { core } from '../../store.ts';
import { WhenDialog } from './when-dialog.tsx';

/** The commands that may end the run in progress. */
export type DecidedCommand = 'settings.apply' | 'backend.stop' | 'backend.restart' | 'gpu.clearAndRestart';

/**
 * A command that may end the run in progress, with its state for a button. The core refuses it while a run is in progress;
 * then the dialog asks when it should act.
 */
export function useDecision<N extends DecidedCommand>(
  name: N,
  action: AfterRunAction,
  onDone?: (output: CommandOutput<N>) => void,
) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<PanelError | null>(null);
  const [asking, setAsking] = useState(false);
  const run = async (when?: When) => {
    setBusy(true);
    setError(null);
    setAsking(false);
    try {
      const output = await core.call(name, (when ? { when } : {}) as CommandInput<N>);
      onDone?.(output);
    } catch (failure) {
      const problem = PanelError.from(failure);
      if (isRunInProgress(problem)) setAsking(true);
      else setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const close = () => setAsking(false);
  const dialog = <WhenDialog action={action} opened={asking} onChoose={(when) => void run(when)} onClose={close} />;
  return { run: () => run(), busy, error, dialog };
}

const isRunInProgress = ({ code, details }: PanelError) => code === 'busy' && details?.run !== undefined;
