import { describe, expect, it } from 'vitest';
import { commandDetail, executableName, programName } from './program-name.ts';

describe('a program’s name', () => {
  it.each([
    ['/usr/lib/xorg/Xorg', 'Xorg'],
    ['/opt/venv/bin/python -m lbs.worker', 'python -m lbs.worker'],
    ['C:\\Program Files\\My App\\app.exe', 'app.exe'],
    ['[Not Found]', '[Not Found]'],
    ['', ''],
    ['/', '/'],
  ])('%s', (text, expected) => expect(programName(text)).toBe(expected));

  it('is the executable’s without its arguments', () => {
    expect(executableName('/opt/venv/bin/python -m lbs.worker')).toBe('python');
  });

  it('is followed by the command line only if that adds something', () => {
    expect(commandDetail({ name: 'python -m lbs.worker', command: '/opt/bin/python -m lbs.worker' })).toBeNull();
    expect(commandDetail({ name: '/opt/bin/python', command: '/opt/bin/python train.py' })).toBe('train.py');
    expect(commandDetail({ name: 'renamed', command: '/opt/bin/python train.py' })).toBe('/opt/bin/python train.py');
    expect(commandDetail({ name: 'python', command: null })).toBeNull();
  });
});
