import type { Told } from './exit-causes.ts';

/** A line of output that says why, whatever the exit code: the way out is known. First match wins. */
interface Cause {
  pattern: RegExp;
  code: Told['code'];
  message(found: RegExpExecArray): string;
  advice: string;
}

const PACKAGES = 'Run npm run setup, or mend the Python that HEADROOM_PYTHON names.';

const causes: readonly Cause[] = [
  {
    pattern: /No space left on device|ENOSPC|database or disk is full|Disk quota exceeded/,
    code: 'disk_full',
    message: () => 'The disk is full: the backend could not write.',
    advice: 'Free some space (the Checks page shows which disk), then try again.',
  },
  {
    pattern: /([^\s:(]+): cannot open shared object file/,
    code: 'missing_library',
    message: ([, library]) => `The shared library ${library} is missing.`,
    advice: PACKAGES,
  },
  {
    pattern: /DLL load failed while importing (\w+)/,
    code: 'missing_library',
    message: ([, module]) => `A DLL that the package ${module} needs is missing.`,
    advice: 'Install the Microsoft Visual C++ Redistributable, then run npm run setup.',
  },
  {
    pattern: /No module named '([^']+)'/,
    code: 'missing_package',
    message: ([, name]) => `The backend's Python lacks the package ${name}.`,
    advice: PACKAGES,
  },
  {
    pattern: /Address already in use|address in use|EADDRINUSE|\[(?:Errno (?:48|98)|WinError 10048)\]/,
    code: 'port_busy',
    message: () => 'The port that the backend is to listen on is taken.',
    advice: 'Set LBS_PORT to 0 (any free port), or end what holds it: the Checks page names it.',
  },
  {
    pattern: /database is locked/,
    code: 'database',
    message: () => 'The results database is held by another process.',
    advice: 'End the other backend that uses it, or set LBS_DB_PATH to another file.',
  },
  {
    pattern: /database disk image is malformed|file is not a database/,
    code: 'database',
    message: () => 'The results database is damaged.',
    advice: 'Set it aside on the Checks page, then start the backend: it begins a new one.',
  },
  {
    pattern: /^MemoryError\b|std::bad_alloc|Cannot allocate memory/,
    code: 'host_memory',
    message: () => 'The backend ran out of RAM.',
    advice: 'Close other programs, or choose a smaller model or data type.',
  },
  {
    pattern: /execvp\(3\) failed/,
    code: 'spawn',
    message: () => 'The backend’s Python could not be run.',
    advice: 'Look at HEADROOM_PYTHON: it must name a Python that can be run.',
  },
];

/** The cause that the last of these lines tell; null where none does. */
export function tellOutput(lines: readonly string[]): Told | null {
  for (const line of lines.toReversed()) {
    for (const { pattern, code, message, advice } of causes) {
      const found = pattern.exec(line);
      if (found) return { code, message: message(found), advice };
    }
  }
  return null;
}

/** How many lines may follow the exception that ended the backend: threads have a last word too. */
const AFTER = 6;
const LONGEST = 300;

/** The sentence of the exception that ended it: the line below the last traceback's frames. */
export function tellException(lines: readonly string[]): Told | null {
  const begin = lines.findLastIndex((line) => line.startsWith('Traceback (most recent call last)'));
  if (begin === -1) return null;
  const end = lines.findIndex((line, i) => i > begin && /^[A-Za-z_][\w.]*(?::|$)/.test(line));
  if (end === -1 || end < lines.length - 1 - AFTER) return null;
  const said = (lines[end] ?? '').slice(0, LONGEST);
  return {
    code: 'crash',
    message: `The backend ended with a Python error: ${said}`,
    advice: 'Try again. If it happens again, export the crash report: it holds what a developer needs.',
  };
}
