import { constants } from 'node:os';
import type { Reason, Sentence } from '#contract';
import { say } from '../sentences.ts';

/** What a signal, an exit code or a line of output means, and what to do about it. */
export type Cause = Pick<Reason, 'code' | 'sentence' | 'advice'>;

const retry = say('retryOrDoctor');
type HowAndAdvice = [how: Sentence, advice: Sentence];

const bySignal = new Map<string, HowAndAdvice>(
  Object.entries({
    SIGKILL: [say('killed'), say('readKernelLog')],
    SIGSEGV: [say('segmentationFault'), retry],
    SIGABRT: [say('aborted'), retry],
    SIGBUS: [say('busError'), say('checkDiskAndModel')],
    SIGILL: [say('illegalInstruction'), say('installTorchForCpu')],
    SIGFPE: [say('arithmeticError'), retry],
    SIGSYS: [say('badSystemCall'), say('allowSystemCall')],
    SIGXFSZ: [say('fileTooLarge'), say('raiseFileLimit')],
    SIGXCPU: [say('cpuTimeExceeded'), say('raiseCpuLimit')],
  }),
);

const fromOutside: HowAndAdvice = [say('terminated'), say('startAgain')];

/** `memoryKills`: by how much the kernel's count of out-of-memory kills rose since the start; 0 where it is unavailable. */
export function causeOfSignal(signal: string, memoryKills = 0): Cause {
  if (signal === 'SIGKILL' && memoryKills > 0)
    return {
      code: 'host_memory',
      sentence: say('killedForMemory', { count: memoryKills }),
      advice: say('freeRam'),
    };
  const [how, advice] = bySignal.get(signal) ?? fromOutside;
  return crash(say('crashed', { how, signal }), advice);
}

const byWindowsCode: Record<number, HowAndAdvice> = {
  3221225477: [say('accessViolation'), retry],
  3221225495: [say('ranOutOfMemory'), say('enlargePagingFile')],
  3221225501: [say('illegalInstruction'), say('installTorchForCpu')],
  3221225595: [say('wrongArchitecture'), say('installPython64')],
  3221225725: [say('stackOverflow'), retry],
  3221225781: [say('dllMissing'), say('installRuntime')],
  3221225785: [say('dllVersion'), say('setupOrDriver')],
  3221225786: [say('interrupted'), say('startAgain')],
  3221225794: [say('dllInitialization'), say('signIn')],
  3221226505: [say('aborted'), retry],
};

const dllCodes = new Set([3221225595, 3221225781, 3221225785]);

/** Signals that a shell reports as 128 + number, and the codes of Windows; otherwise the bare number. */
export function causeOfExit(exitCode: number | null, memoryKills = 0): Cause {
  if (exitCode === null) return crash(say('exitUnknown'), retry);
  // Some callers pass Windows' codes as signed numbers.
  const code = exitCode < 0 ? exitCode >>> 0 : exitCode;
  const windows = byWindowsCode[code];
  if (windows) {
    const [how, advice] = windows;
    const cause = crash(say('crashed', { how, signal: `0x${code.toString(16).toUpperCase()}` }), advice);
    return dllCodes.has(code) ? { ...cause, code: 'missing_library' } : cause;
  }
  if (code === 0) return crash(say('exitZero'), say('startAgain'));
  if (code === 126) return crash(say('notExecutable'), say('checkPython'));
  if (code === 127) return crash(say('notFound'), say('checkPython'));
  const signal = code > 128 && code < 160 ? signalName(code - 128) : null;
  return signal ? causeOfSignal(signal, memoryKills) : crash(say('exitCode', { code }), say('readLastLines'));
}

const crash = (sentence: Sentence, advice: Sentence): Cause => ({ code: 'crash', sentence, advice });

const signalName = (number: number) =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
