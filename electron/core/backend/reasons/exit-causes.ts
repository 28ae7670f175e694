import { constants } from 'node:os';
import type { Reason } from '#contract';

/** What a signal, an exit code or a line of output means, and the one thing to do about it. */
export type Told = Pick<Reason, 'code' | 'message' | 'advice'>;

const MEND =
  'Try again. If it happens again, run npm run headroom -- doctor, and npm run setup where it names a package.';

const bySignal = new Map<string, [how: string, advice: string]>(
  Object.entries({
    SIGKILL: [
      'was killed',
      'Try again. If it happens again, the system’s log (journalctl -k on Linux) may say who did it.',
    ],
    SIGSEGV: ['crashed in native code: it touched memory that is not its own', MEND],
    SIGABRT: ['was given up by one of its native libraries; its last lines say why', MEND],
    SIGBUS: [
      'crashed on a file that it had mapped into memory: the file was cut short, or a disk or /dev/shm is full',
      'Look at the free disk space, and whether the model’s files are whole.',
    ],
    SIGILL: ['ran into an instruction that this CPU lacks', 'Install a build of torch that is made for this CPU.'],
    SIGFPE: ['crashed in native code: a division that has no result', MEND],
    SIGSYS: [
      'made a system call that is not allowed here',
      'Let the sandbox or container that Headroom runs in allow it.',
    ],
    SIGXFSZ: ['wrote a file that is larger than allowed here', 'Raise the limit of file sizes (ulimit -f).'],
    SIGXCPU: ['used more CPU time than allowed here', 'Raise the limit of CPU time (ulimit -t).'],
  }),
);

const fromOutside: [how: string, advice: string] = ['was ended from outside Headroom', 'Start it again.'];

/** `killsForMemory`: by how much the kernel's count of such kills rose since the start; 0 where nobody can tell. */
export function tellSignal(signal: string, killsForMemory = 0): Told {
  if (signal === 'SIGKILL' && killsForMemory > 0) return killedForMemory(killsForMemory);
  const [how, advice] = bySignal.get(signal) ?? fromOutside;
  return { code: 'crash', message: `The backend ${how} (${signal}).`, advice };
}

const killedForMemory = (times: number): Told => ({
  code: 'host_memory',
  message: `The backend was killed by the kernel because memory ran out (SIGKILL; ${times} such ${times === 1 ? 'kill' : 'kills'} since its start).`,
  advice: 'Free RAM: close other programs, lower LBS_CPU_MAX_UTILIZATION, or choose a smaller model or data type.',
});

const byWindowsCode: Record<number, [how: string, advice: string]> = {
  3221225477: ['crashed in native code: it touched memory that is not its own (access violation)', MEND],
  3221225495: ['ran out of memory', 'Close other programs or enlarge the paging file.'],
  3221225501: ['ran into an instruction that this CPU lacks', 'Install a build of torch that is made for this CPU.'],
  3221225595: ['found a DLL of another architecture', 'Install a 64-bit Python and run npm run setup again.'],
  3221225725: ['crashed: its stack overflowed', MEND],
  3221225781: ['lacks a DLL', 'Install the Microsoft Visual C++ Redistributable, then run npm run setup.'],
  3221225785: [
    'found a DLL of the wrong version',
    'Run npm run setup; install the NVIDIA driver again if that is not enough.',
  ],
  3221225786: ['was ended with Ctrl+C', 'Start it again.'],
  3221225794: ['could not set up a DLL', 'Sign in to the desktop and try again; else restart the machine.'],
  3221226505: ['was given up by one of its native libraries; its last lines say why', MEND],
};

const missingDll = new Set([3221225595, 3221225781, 3221225785]);

/** Signals that a shell in between tells as 128 + number, and the codes of Windows; else the bare number. */
export function tellExit(exitCode: number | null, killsForMemory = 0): Told {
  if (exitCode === null) return plain('The backend ended without telling how.', MEND);
  // Windows' codes come signed from some callers.
  const code = exitCode < 0 ? exitCode >>> 0 : exitCode;
  const windows = byWindowsCode[code];
  if (windows) {
    const name = `0x${code.toString(16).toUpperCase()}`;
    const told = plain(`The backend ${windows[0]} (${name}).`, windows[1]);
    return missingDll.has(code) ? { ...told, code: 'missing_library' } : told;
  }
  if (code === 0)
    return plain('The backend ended by itself (exit code 0), which nobody had asked for.', 'Start it again.');
  if (code === 126) return plain('The backend’s Python may not be run (exit code 126).', byPython);
  if (code === 127)
    return plain('The backend’s Python, or a program that it needs, was not found (exit code 127).', byPython);
  const signal = code > 128 && code < 160 ? signalName(code - 128) : null;
  return signal
    ? tellSignal(signal, killsForMemory)
    : plain(`The backend ended with exit code ${code}.`, 'Read its last lines, then try again.');
}

const byPython = 'Look at HEADROOM_PYTHON: it must name a Python that can be run. Without it, run npm run setup.';

const plain = (message: string, advice: string): Told => ({ code: 'crash', message, advice });

const signalName = (number: number) =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
