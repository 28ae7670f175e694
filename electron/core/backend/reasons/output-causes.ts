import type { Sentence } from '#contract';
import { say } from '../sentences.ts';
import type { Cause } from './exit-causes.ts';

/** A line of output that names the cause, whatever the exit code. The first match wins. */
interface KnownLine {
  pattern: RegExp;
  code: Cause['code'];
  sentence(found: RegExpExecArray): Sentence;
  advice: Sentence;
}

const knownLines: readonly KnownLine[] = [
  {
    pattern: /No space left on device|ENOSPC|database or disk is full|Disk quota exceeded/,
    code: 'disk_full',
    sentence: () => say('diskFull'),
    advice: say('freeDisk'),
  },
  {
    pattern: /([^\s:(]+): cannot open shared object file/,
    code: 'missing_library',
    sentence: ([, library = '']) => say('libraryMissing', { library }),
    advice: say('setupPackages'),
  },
  {
    pattern: /DLL load failed while importing (\w+)/,
    code: 'missing_library',
    sentence: ([, module = '']) => say('moduleDllMissing', { module }),
    advice: say('installRuntime'),
  },
  {
    pattern: /No module named '([^']+)'/,
    code: 'missing_package',
    sentence: ([, name = '']) => say('packageMissing', { name }),
    advice: say('setupPackages'),
  },
  {
    pattern: /Address already in use|address in use|EADDRINUSE|\[(?:Errno (?:48|98)|WinError 10048)\]/,
    code: 'port_busy',
    sentence: () => say('portBusy'),
    advice: say('freePort'),
  },
  {
    pattern: /database is locked/,
    code: 'database',
    sentence: () => say('databaseLocked'),
    advice: say('otherDatabase'),
  },
  {
    pattern: /database disk image is malformed|file is not a database/,
    code: 'database',
    sentence: () => say('databaseDamaged'),
    advice: say('quarantineDatabase'),
  },
  {
    pattern: /^MemoryError\b|std::bad_alloc|Cannot allocate memory/,
    code: 'host_memory',
    sentence: () => say('outOfRam'),
    advice: say('smallerModel'),
  },
  {
    pattern: /execvp\(3\) failed/,
    code: 'spawn',
    sentence: () => say('pythonNotRunnable'),
    advice: say('checkPythonPath'),
  },
];

/** The cause that the last matching line names; null where none does. */
export function causeInOutput(lines: readonly string[]): Cause | null {
  for (const line of lines.toReversed()) {
    for (const { pattern, code, sentence, advice } of knownLines) {
      const found = pattern.exec(line);
      if (found) return { code, sentence: sentence(found), advice };
    }
  }
  return null;
}

/** Lines that may follow the exception that ended the backend: threads still print. */
const MAX_LINES_AFTER = 6;
const MAX_CHARACTERS = 300;

/** The exception that ended the backend: the line below the frames of the last traceback. */
export function causeInTraceback(lines: readonly string[]): Cause | null {
  const begin = lines.findLastIndex((line) => line.startsWith('Traceback (most recent call last)'));
  if (begin === -1) return null;
  const end = lines.findIndex((line, i) => i > begin && /^[A-Za-z_][\w.]*(?::|$)/.test(line));
  if (end === -1 || end < lines.length - 1 - MAX_LINES_AFTER) return null;
  const error = (lines[end] ?? '').slice(0, MAX_CHARACTERS);
  return { code: 'crash', sentence: say('pythonError', { error }), advice: say('exportReport') };
}
