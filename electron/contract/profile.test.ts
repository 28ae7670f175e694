import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profileFieldsSchema } from './profile.ts';

const good = {
  name: 'My server',
  command: ['python', 'server.py'],
  folder: '/home/me/server',
  env: { HF_HOME: '/data/hf' },
  healthUrl: 'http://127.0.0.1:8000/health',
};
const problem = (change: object) => profileFieldsSchema.safeParse({ ...good, ...change }).error?.issues[0];

describe('a profile', () => {
  it('has minutes to start and seconds to stop, where nothing else is said', () => {
    expect(profileFieldsSchema.parse(good)).toEqual({ ...good, startSeconds: 600, stopSeconds: 10 });
  });

  it.each([
    [{ name: ' ' }, 'name', 'Enter a name for the backend.'],
    [{ command: [] }, 'command', 'Enter the command'],
    [{ command: [''] }, 'command', 'Enter the command'],
    [{ command: ['python', 'a\0b'] }, 'command', 'NUL'],
    [{ folder: 'server' }, 'folder', 'absolute path'],
    [{ folder: '~/server' }, 'folder', 'absolute path'],
    [{ env: { 'A B': '1' } }, 'env', 'letters, digits and _'],
    [{ env: { '1A': '1' } }, 'env', 'letters, digits and _'],
    [{ env: { A: 'two\nlines' } }, 'env', 'one line'],
    [{ env: { HEADROOM_MARKER: 'x' } }, 'env', 'cannot be set'],
    [{ startSeconds: 0 }, 'startSeconds', '1 and 7200'],
    [{ stopSeconds: 1.5 }, 'stopSeconds', '1 and 300'],
  ])('%j is rejected at its field with a remedy', (change, field, message) => {
    expect(problem(change)?.path[0]).toBe(field);
    expect(problem(change)?.message).toContain(message);
  });

  it.each(['http://localhost:8000', 'http://127.9.9.9/x?y=1', 'http://[::1]:5000/api/health', 'HTTP://127.1:80/'])(
    'may answer at %s',
    (healthUrl) => expect(problem({ healthUrl })).toBeUndefined(),
  );

  it.each([
    '',
    'localhost:8000',
    'https://localhost:8000',
    'file:///etc/passwd',
    'http://0.0.0.0:8000',
    'http://192.168.1.2/',
    'http://localhost.example.org/',
    'http://127.0.0.1.example.org/',
    'http://127.0.0.1@example.org/',
    'http://me:secret@127.0.0.1/',
    'http://[::ffff:127.0.0.1]/',
  ])('never at %j', (healthUrl) => expect(problem({ healthUrl })?.message).toContain('http on this machine'));

  it('never at another machine, however its address is written', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, validSchemes: ['http', 'https'] }), (healthUrl) => {
        expect(problem({ healthUrl })).toBeDefined();
      }),
    );
    fc.assert(
      fc.property(fc.ipV4(), (ip) => {
        expect(problem({ healthUrl: `http://${ip}/` }) === undefined).toBe(
          new URL(`http://${ip}/`).hostname.startsWith('127.'),
        );
      }),
    );
  });

  it('comes back from its file as it was', () => {
    const fields = fc.record({
      name: fc.stringMatching(/^\w{1,20}$/),
      command: fc.array(
        fc.string().filter((word) => !word.includes('\0')),
        { minLength: 1 },
      ),
      folder: fc.stringMatching(/^\/[\w ]{0,9}\w$/),
      env: fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/), fc.stringMatching(/^[ -~]*$/)),
      healthUrl: fc.nat(65_535).map((port) => `http://127.0.0.1:${port}/`),
    });
    fc.assert(
      fc.property(fields, (raw) => {
        fc.pre((raw.command[0] ?? '').trim() !== '');
        const parsed = profileFieldsSchema.parse(raw);
        expect(profileFieldsSchema.parse(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
      }),
    );
  });
});
