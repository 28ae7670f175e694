import type { SmiCommand, SmiSource } from '../types.ts';

export interface Source {
  now(): SmiSource;
  /** Follows what is located: whoever asks through it asks the program of that moment. */
  command: SmiCommand;
  /** Looks for nvidia-smi again; true where another one is asked from now on. */
  again(): boolean;
}

/** Which nvidia-smi is asked. It may come later than the panel, or move with an update of the driver. */
export function createSource(first: SmiSource, locate?: () => SmiSource): Source {
  let source = first;
  return {
    now: () => source,
    command: {
      get command() {
        return source.command?.command ?? '';
      },
      get args() {
        return source.command?.args ?? [];
      },
      get env() {
        return source.command?.env ?? {};
      },
    },
    again() {
      const found = locate?.();
      // Never the emulator: where figures were real, made-up ones must not take their place unasked.
      if (found?.source !== 'nvidia-smi' || found.path === source.path) return false;
      source = found;
      return true;
    },
  };
}

/** The same program, asked of these GPUs only, whatever it is asked: the others sleep, and asking would wake them. */
export const narrowed = (smi: SmiCommand, buses: () => readonly string[] | null): SmiCommand => ({
  get command() {
    return smi.command;
  },
  get args() {
    const some = buses();
    return some ? [...smi.args, '-i', some.join(',')] : smi.args;
  },
  get env() {
    return smi.env;
  },
});
