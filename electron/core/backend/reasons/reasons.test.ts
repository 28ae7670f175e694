import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countersOf, readOomKills } from '../launch/oom-kills.ts';
import { plainLines } from './plain-lines.ts';
import { reasonOf } from './reasons.ts';

const traceback = [
  'Traceback (most recent call last):',
  '  File "/x/server.py", line 3, in <module>',
  '    start()',
  '  File "/x/server.py", line 2, in start',
  'lbs.errors.FooError: the sentence: with a colon',
].join('\r\n');

// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not occur
const controlCharacters = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/;

describe('reasons', () => {
  // [exit code, signal, output, the reason's code, words of its sentence]
  const table: [number | null, string | null, string, string, string][] = [
    [null, 'SIGKILL', 'a', 'crash', 'was killed (SIGKILL)'],
    [null, 'SIGSEGV', '', 'crash', 'memory outside its own (SIGSEGV)'],
    [null, 'SIGABRT', '', 'crash', 'aborted by a native library'],
    [null, 'SIGBUS', '', 'crash', 'memory-mapped file'],
    [null, 'SIGILL', '', 'crash', 'this CPU does not support'],
    [null, 'SIGTERM', '', 'crash', 'from outside Headroom (SIGTERM)'],
    [null, 'SIGKILL', 'No space left on device', 'crash', 'was killed (SIGKILL)'],
    [139, null, '', 'crash', 'SIGSEGV'],
    [137, null, '', 'crash', 'was killed (SIGKILL)'],
    [126, null, '', 'crash', 'not executable (exit code 126)'],
    [127, null, '', 'crash', 'not found (exit code 127)'],
    [3, null, 'about to fail', 'crash', 'exited with code 3'],
    [0, null, traceback, 'crash', 'exited by itself (exit code 0)'],
    [null, null, '', 'crash', 'exit code is unknown'],
    [3221225477, null, '', 'crash', 'access violation (0xC0000005)'],
    [-1073741819, null, '', 'crash', '0xC0000005'],
    [3221225781, null, '', 'missing_library', 'is missing a DLL (0xC0000135)'],
    [3221225725, null, '', 'crash', 'stack overflow (0xC00000FD)'],
    [3221225786, null, '', 'crash', 'Ctrl+C (0xC000013A)'],
    [1, null, traceback, 'crash', 'Python error: lbs.errors.FooError: the sentence: with a colon'],
    [1, null, `${traceback}\nbye`, 'crash', 'FooError'],
    [1, null, `${traceback}${'\nlived on'.repeat(9)}`, 'crash', 'exited with code 1'],
    [1, null, `${traceback}\n\nDuring handling\n\n${traceback.replace('Foo', 'Bar')}`, 'crash', 'BarError'],
    [1, null, 'Traceback (most recent call last):\n  File "x"\nKeyboardInterrupt', 'crash', 'KeyboardInterrupt'],
    [1, null, 'Traceback (most recent call last):\n  File "x"\nMemoryError', 'host_memory', 'ran out of RAM'],
    [1, null, "ModuleNotFoundError: No module named 'uvicorn'", 'missing_package', 'lacks the package uvicorn'],
    [
      1,
      null,
      'ImportError: libcudart.so.12: cannot open shared object file: No such file',
      'missing_library',
      'libcudart.so.12',
    ],
    [
      127,
      null,
      'python: error while loading shared libraries: libpython3.11.so.1.0: cannot open shared object file',
      'missing_library',
      'libpython3.11.so.1.0 is missing',
    ],
    [1, null, 'OSError: [Errno 28] No space left on device', 'disk_full', 'The disk is full'],
    [1, null, 'OSError: [Errno 98] Address already in use', 'port_busy', 'is in use'],
    [1, null, 'sqlite3.OperationalError: database is locked', 'database', 'locked by another process'],
    [1, null, 'sqlite3.DatabaseError: database disk image is malformed', 'database', 'damaged'],
    [1, null, 'execvp(3) failed.: Permission denied', 'spawn', 'could not be run'],
    [
      2,
      null,
      '\x1b[31mnoise\x1b[0m\r\nheadroom: LBS_TORCH_DTYPE must be float16.\r\n',
      'configuration',
      'LBS_TORCH_DTYPE must be float16.',
    ],
    [2, null, 'headroom: The port 5 cannot', 'port_busy', 'The port 5 cannot'],
    [2, null, 'headroom: this Python lacks torch', 'missing_package', 'lacks torch'],
    [
      2,
      null,
      'headroom: a package is broken (libx.so.1: cannot open shared object file): run npm',
      'missing_library',
      'is broken',
    ],
    [
      2,
      null,
      'headroom: /x cannot be written to (No space left on device): set LBS_DB_PATH.',
      'disk_full',
      'cannot be written to',
    ],
    [
      2,
      null,
      'headroom: /x was written by a newer Headroom: update this one, or set LBS_DB_PATH.',
      'database',
      'newer',
    ],
    [2, null, '', 'configuration', 'refused to start'],
  ];
  it.each(table)('exit %s, signal %s, %j: %s', (exitCode, signal, output, code, words) => {
    const reason = reasonOf(exitCode, signal, output);
    expect(reason).toMatchObject({ code, exitCode, signal });
    expect(reason.sentence.text).toContain(words);
    // Only the backend's own sentences, which include what to do, have no advice.
    if (exitCode !== 2) expect(reason.advice?.text).toMatch(/\.$/);
  });

  it.each([
    ['lbs.settings.variable', 'LBS_PORT must be a number, not "x".', 'configuration', 'backend.changeSetting'],
    ['lbs.server.lacks', 'this Python lacks torch', 'missing_package', null],
    ['lbs.imports.variable', 'torch cannot be imported because PYTHONPATH=/x is set.', 'missing_library', null],
    ['lbs.server.port', 'The port 5 cannot be used (Address already in use)', 'port_busy', 'backend.anyPort'],
    ['lbs.store.newer', 'x was written by a newer Headroom', 'database', null],
    ['lbs.store.folder_not_writable', 'x is not writable (No space left on device)', 'disk_full', 'backend.freeDisk'],
  ])('takes the refusal %s with its code, so that it is worded in each language', (code, text, expected, advice) => {
    const refusal = { code, values: {}, text };
    const reason = reasonOf(2, null, `headroom: ${text}\r\n`, 0, refusal);
    expect(reason).toMatchObject({
      code: expected,
      sentence: { code: 'backend.refused', values: { reason: refusal } },
    });
    expect(reason.advice?.code ?? null).toBe(advice);
  });

  it('reports an out-of-memory kill only with evidence', () => {
    expect(reasonOf(null, 'SIGKILL', '', 1)).toMatchObject({
      code: 'host_memory',
      sentence: { code: 'backend.killedForMemory', values: { count: 1 } },
    });
    expect(reasonOf(137, null, '', 2).sentence.values).toEqual({ count: 2 });
    expect(reasonOf(null, 'SIGKILL', '', 0).sentence.text).not.toContain('memory');
    expect(reasonOf(null, 'SIGSEGV', '', 3).code).toBe('crash');
  });

  it('keep only the last lines', () => {
    const output = Array.from({ length: 50 }, (_, i) => `line ${i}`).join('\r\n');
    const { lines } = reasonOf(1, null, output);
    expect([lines.length, lines.at(-1)]).toEqual([20, 'line 49']);
  });

  it('never throw, and contain no control character, whatever the output', () => {
    const piece = fc.oneof(
      fc.constantFrom('\x1b[2K', '\x1b[31;1m', '\x1b]0;title\x07', '\x1b', '\x1b[', '\x9b1m', '\x1b7', '\r', '\r\n'),
      fc.constantFrom('Traceback (most recent call last):\n', 'headroom: ', 'cannot open shared object file', '\u202e'),
      fc.string({ unit: 'binary' }),
    );
    const signal = fc.option(fc.constantFrom('SIGKILL', 'SIGSEGV', 'signal 99', 'constructor'));
    fc.assert(
      fc.property(fc.option(fc.integer()), signal, fc.array(piece), fc.nat(3), (exitCode, name, pieces, kills) => {
        const { sentence, advice, lines } = reasonOf(exitCode, name, pieces.join(''), kills);
        for (const text of [sentence.text, advice?.text ?? '', ...lines]) expect(text).not.toMatch(controlCharacters);
        expect(sentence.text.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('plain lines', () => {
  it('show the last state of a redrawn line, without cursor moves', () => {
    expect(plainLines('10 %\r50 %\r\x1b[K100 %\r\n\x1b]0;x\x07\x1b7done\x1b8\n\n')).toEqual(['100 %', 'done']);
  });
});

describe('out-of-memory kills', () => {
  const files = (known: Record<string, string>) => (file: string) => Promise.resolve(known[file] ?? null);

  it('are read from the control group (v1 or v2) before those of the machine', async () => {
    const two = {
      '/proc/self/cgroup': '0::/user.slice\n',
      '/sys/fs/cgroup/user.slice/memory.events': 'oom 4\noom_kill 3\n',
    };
    expect(await readOomKills(files({ ...two, '/proc/vmstat': 'oom_kill 9\n' }))).toBe(3);
    const one = {
      '/proc/self/cgroup': '4:cpu,memory:/a\n0::/\n',
      '/sys/fs/cgroup/memory/a/memory.oom_control': 'under_oom 0\noom_kill 2',
    };
    expect(await readOomKills(files(one))).toBe(2);
    expect(await readOomKills(files({ '/proc/vmstat': 'nr_free 1\noom_kill 9\nx 1' }))).toBe(9);
    expect(await readOomKills(files({}))).toBeNull();
    expect(countersOf('rubbish\n::\n7:cpu:/\n')).toEqual([]);
  });
});
