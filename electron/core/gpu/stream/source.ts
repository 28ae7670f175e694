import type { SmiCommand, SmiSource } from '../types.ts';

export interface Source {
  now(): SmiSource;
  /** The command of the current source, read at each use. */
  command: SmiCommand;
  /** Searches for nvidia-smi again; true where another one is used from now on. */
  locateAgain(): boolean;
}

/** The nvidia-smi in use. It may be installed later, or move with a driver update. */
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
    locateAgain() {
      const found = locate?.();
      // Never the emulator: emulated values must not replace real ones unrequested.
      if (found?.source !== 'nvidia-smi' || found.path === source.path) return false;
      source = found;
      return true;
    },
  };
}

/** The same program limited to these GPUs: the others are suspended, and a query would wake them. */
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
