import { type GpuProcess, PanelError } from '#contract';
import { askSmi } from './ask.ts';
import { faultOf, silent } from './faults.ts';
import { parseProcesses, processWords } from './processes.ts';
import { createStanding } from './standing.ts';
import type { SmiCommand } from './types.ts';

const TIMEOUT_MS = 10_000;

export interface ProcessListOptions {
  smi: SmiCommand;
  isOurs(pid: number): boolean | Promise<boolean>;
  onList(list: GpuProcess[]): void;
  signal: AbortSignal;
}

export interface ProcessList {
  now(): Promise<GpuProcess[]>;
  /** Resolves when no question is under way. */
  idle(): Promise<void>;
}

/** Asks nvidia-smi who computes on the GPUs. */
export function createProcessList({ smi, isOurs, onList, signal }: ProcessListOptions): ProcessList {
  const underWay = new Set<Promise<unknown>>();
  let asked = 0;
  let shown = 0;

  const ask = async (): Promise<GpuProcess[]> => {
    asked += 1;
    const number = asked;
    const answer = await askSmi(smi, processWords, TIMEOUT_MS, signal);
    if (answer.exitCode !== 0) {
      const { said } = answer.late ? silent : faultOf(answer, answer.stdout);
      throw new PanelError('not_ready', `nvidia-smi does not list the processes: ${said}`);
    }
    const about = createStanding(isOurs);
    const list = await Promise.all(
      parseProcesses(answer.stdout).map(async (one) => ({ ...one, ...(await about(one)) })),
    );
    // An answer that was overtaken by a later question's is older than what is shown.
    if (number > shown && !signal.aborted) {
      shown = number;
      onList(list);
    }
    return list;
  };
  return {
    async now() {
      if (signal.aborted) throw new PanelError('not_ready', 'Headroom is closing.');
      const answer = ask();
      const forget = () => void underWay.delete(answer);
      underWay.add(answer);
      answer.then(forget, forget);
      return answer;
    },
    async idle() {
      await Promise.allSettled(underWay);
    },
  };
}
