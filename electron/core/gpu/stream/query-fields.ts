import { type Fault, faultOf, missingFault, quietFault, silent, tooOld } from '../smi/faults.ts';
import { querySmi, type SmiAnswer } from '../smi/query-smi.ts';
import type { Patience } from '../timing/patience.ts';
import { isEnough, negotiate } from './negotiate.ts';
import type { StreamField } from './row.ts';
import type { Source } from './source.ts';

interface FieldsOptions {
  source: Source;
  patience: Patience;
  /** Called while it is slow. */
  onQuiet(fault: Fault): void;
  signal: AbortSignal;
}

/** The fields that this nvidia-smi supports, or why they are unavailable; null if the signal aborted. */
export async function queryFields(options: FieldsOptions): Promise<StreamField[] | Fault | null> {
  const { source, patience, onQuiet, signal } = options;
  if (source.now().command === null && !source.locateAgain()) return missingFault(source.now());
  const waiting = setTimeout(() => onQuiet(quietFault([])), patience.noticeMs);
  const answer = await querySmi(source.command, ['--help-query-gpu'], patience.firstMs(), signal);
  clearTimeout(waiting);
  if (signal.aborted) return null;
  const listed = negotiate(answer.stdout);
  // A warning may come with an exit code.
  if (!answer.timedOut && isEnough(listed)) return listed;
  if (answer.error) source.locateAgain();
  return helpFault(answer, patience);
}

function helpFault(answer: SmiAnswer, patience: Patience): Fault {
  if (answer.timedOut) {
    const hangs = patience.isExhausted();
    patience.unanswered();
    return hangs ? silent : quietFault([answer.stdout, answer.stderr]);
  }
  return answer.exitCode === 0 ? tooOld : faultOf(answer, answer.stdout);
}
