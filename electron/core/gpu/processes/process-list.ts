import { type GpuProcess, PanelError } from '#contract';
import type { Details } from '../details/details.ts';
import { say } from '../sentences.ts';
import { type Fault, faultOf, silent } from '../smi/faults.ts';
import { querySmi } from '../smi/query-smi.ts';
import { createPatience, type Patience } from '../timing/patience.ts';
import type { SmiCommand } from '../types.ts';
import { createClassifier } from './classify.ts';
import { joinLists } from './join-lists.ts';
import { parseProcesses, processArgs } from './parse-processes.ts';
import { createProcessFacts } from './process-facts.ts';
import type { Role } from './role.ts';

/** A list takes longer on a busy machine: it gets more time after each timeout. */
const PATIENCE = { firstMs: 10_000, mostFirstMs: 60_000 };

export interface ProcessListOptions {
  smi: SmiCommand;
  isOurs(pid: number): boolean | Promise<boolean>;
  roleOf(pid: number): Role;
  /** The result of the last `-q -x`. */
  details(): Details;
  onList(list: GpuProcess[]): void;
  /** Called when it has failed more than once in a row. */
  onFault(fault: Fault): void;
  signal: AbortSignal;
  patience?: Patience;
}

export interface ProcessList {
  now(): Promise<GpuProcess[]>;
  /** Resolves when no query is in progress. */
  idle(): Promise<void>;
}

/** Queries nvidia-smi for the processes on the GPUs. */
export function createProcessList(options: ProcessListOptions): ProcessList {
  const { smi, isOurs, roleOf, details, onList, onFault, signal, patience = createPatience(PATIENCE) } = options;
  const facts = createProcessFacts();
  const inProgress = new Set<Promise<unknown>>();
  let queries = 0;
  let newest = 0;
  let failures = 0;

  const failed = (fault: Fault): PanelError => {
    failures += 1;
    // A single timeout on a busy machine keeps the last list.
    if (failures > 1 && !signal.aborted) onFault(fault);
    return new PanelError('not_ready', say('noProcessList', { reason: fault.sentence }));
  };
  const query = async (): Promise<GpuProcess[]> => {
    queries += 1;
    const number = queries;
    const began = performance.now();
    const answer = await querySmi(smi, processArgs, patience.firstMs(), signal);
    if (answer.timedOut) patience.unanswered();
    else patience.answered(performance.now() - began);
    const listed = parseProcesses(answer.stdout);
    // With a damaged infoROM, or one lost GPU, it exits with an error but lists the processes.
    if (answer.exitCode !== 0 && (listed.length === 0 || answer.timedOut))
      throw failed(answer.timedOut ? silent : faultOf(answer, answer.stdout));
    failures = 0;
    const classify = createClassifier({ isOurs, roleOf, facts });
    const found = await Promise.all(
      joinLists(listed, details()).map(async ({ expected, ...one }) => {
        const facts = await classify(one, expected);
        return facts ? [{ ...one, ...facts }] : [];
      }),
    );
    const list = found.flat();
    facts.keep(list.map(({ pid }) => pid));
    // A later query may have answered first.
    if (number > newest && !signal.aborted) {
      newest = number;
      onList(list);
    }
    return list;
  };
  return {
    async now() {
      if (signal.aborted) throw new PanelError('not_ready', say('closing'));
      const answer = query();
      const remove = () => void inProgress.delete(answer);
      inProgress.add(answer);
      answer.then(remove, remove);
      return answer;
    },
    async idle() {
      await Promise.allSettled(inProgress);
    },
  };
}
