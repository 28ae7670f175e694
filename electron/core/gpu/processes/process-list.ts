import { type GpuProcess, PanelError } from '#contract';
import type { Details } from '../details/details.ts';
import { type Fault, faultOf, silent } from '../smi/faults.ts';
import { askSmi } from '../smi/query-smi.ts';
import type { SmiCommand } from '../types.ts';
import { createStanding } from './classify.ts';
import { joined } from './join-lists.ts';
import { parseProcesses, processWords } from './parse-processes.ts';
import { createFactsBook } from './process-facts.ts';
import type { Role } from './role.ts';

const TIMEOUT_MS = 10_000;

export interface ProcessListOptions {
  smi: SmiCommand;
  isOurs(pid: number): boolean | Promise<boolean>;
  roleOf(pid: number): Role;
  /** What the last `-q -x` told. */
  details(): Details;
  onList(list: GpuProcess[]): void;
  /** It has failed more than once in a row. */
  onFault(fault: Fault): void;
  signal: AbortSignal;
}

export interface ProcessList {
  now(): Promise<GpuProcess[]>;
  /** Resolves when no question is under way. */
  idle(): Promise<void>;
}

/** Asks nvidia-smi who computes on the GPUs. */
export function createProcessList(options: ProcessListOptions): ProcessList {
  const { smi, isOurs, roleOf, details, onList, onFault, signal } = options;
  const facts = createFactsBook();
  const underWay = new Set<Promise<unknown>>();
  let asked = 0;
  let shown = 0;
  let failures = 0;

  const failed = (fault: Fault): PanelError => {
    failures += 1;
    // One that came too late on a busy machine is no news: what was listed stands until the next one.
    if (failures > 1 && !signal.aborted) onFault(fault);
    return new PanelError('not_ready', `nvidia-smi does not list the processes: ${fault.said}`);
  };
  const ask = async (): Promise<GpuProcess[]> => {
    asked += 1;
    const number = asked;
    const answer = await askSmi(smi, processWords, TIMEOUT_MS, signal);
    if (answer.exitCode !== 0) throw failed(answer.late ? silent : faultOf(answer, answer.stdout));
    failures = 0;
    const about = createStanding({ isOurs, roleOf, facts });
    const found = await Promise.all(
      joined(parseProcesses(answer.stdout), details()).map(async ({ expected, ...one }) => {
        const standing = await about(one);
        // One that the list does not name, and that has ended since it was seen.
        return expected === null || expected === standing.startTime ? [{ ...one, ...standing }] : [];
      }),
    );
    const list = found.flat();
    facts.keep(list.map(({ pid }) => pid));
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
