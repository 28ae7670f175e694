import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { python, reason } from '#emulator';
import { isSameProgram } from './same-program.ts';

const long = `/opt/${'very/'.repeat(30)}bin/python`;

describe('the name that nvidia-smi gives a pid', () => {
  it.each<[boolean | null, string, string[], string, string?]>([
    [true, '/usr/bin/python3', ['/usr/bin/python3', 'train.py'], 'python3'],
    [true, 'python', ['python', 'train.py'], 'python'],
    [true, './gpu_burn', ['./gpu_burn', '60'], 'gpu_burn'],
    [true, 'VLLM::EngineCore', ['VLLM::EngineCore'], 'VLLM::EngineCor'],
    [true, 'ray::IDLE', ['ray::RayWorker.train'], 'ray::RayWorker.'],
    [true, 'postgres: idle', ['postgres: writer'], 'postgres'],
    [false, 'ray::IDLE', ['python', 'ray::IDLE'], 'python'],
    [false, 'ray::IDLE', ['VLLM::EngineCore'], 'VLLM::EngineCor'],
    [true, long.slice(0, 63), [long], 'python'],
    [true, 'python -m train', ['/venv/bin/python', '-m', 'train'], 'python'],
    [true, '/opt/code/code --type=gpu-process', ['/opt/code/code --type=gpu-process --x'], 'code'],
    [true, '/opt/my app/python', ['/opt/my app/python', 'x'], 'python'],
    [true, '/opt/a? b/python', ['/opt/a, b/python'], 'python'],
    [true, long.slice(0, 120), [long], 'python'],
    // It renamed its main thread, and its command line is not readable.
    [true, 'a-name-of-more-than-15', [], 'a-name-of-more-'],
    // WSL: only the executable's file name.
    [true, '/python3.11', ['/venv/bin/python', 'train.py'], 'python', '/usr/bin/python3.11'],
    [true, '/usr/bin/python3.11', ['/venv/bin/python'], 'python', '/usr/bin/python3.11'],
    [false, '/python3.11', ['/venv/bin/python'], 'python', '/usr/bin/python3.12'],
    [false, '/opt/bin/python3.11', ['/venv/bin/python'], 'python', '/usr/bin/python3.11'],
    [false, 'python', ['sleep', '600'], 'sleep'],
    [false, '/opt/host/bin/python', ['/usr/bin/python', 'other.py'], 'python'],
    [false, '/opt/blender', ['python3', 'train.py'], 'python3'],
    [false, 'sl', ['sleep', '600'], 'sleep'],
    [false, 'python', [], 'kworker/0:1'],
    [null, '[Not Found]', ['sleep', '600'], 'sleep'],
    [null, '[Insufficient Permissions]', ['sleep'], 'sleep'],
    [null, '[N/A]', [], ''],
    [null, '', ['sleep'], 'sleep'],
  ])('fits its process: %s (%s)', (expected, name, args, comm, executable) => {
    expect(isSameProgram(name, { args, comm, executable: executable ?? null })).toBe(expected);
  });

  const word = fc.constantFrom(
    '/usr/bin/python3',
    'python3',
    'python',
    './a',
    '/a b/c',
    'x, y',
    'VLLM::EngineCore',
    'VLLM::Worker 1',
    'VLLM: x',
    '',
  );
  const samples = fc.sample(
    fc.record({
      name: fc.oneof(
        word,
        fc.tuple(word, word).map((two) => two.join(' ')),
        fc.constantFrom('[N/A]', '[x] y', long),
      ),
      args: fc.array(fc.oneof(word, fc.constant(`${long}3`)), { maxLength: 3 }),
      comm: fc.constantFrom('python3', 'VLLM::EngineCor', 'a', ''),
      executable: fc.constantFrom('/usr/bin/python3.11', '/a b/c', null),
    }),
    300,
  );

  it.skipIf(reason !== null)('is judged in the same way by clear_gpu_memory.py', () => {
    const program = `import json, sys; sys.path.insert(0, "python"); from clearing.same_program import is_same_program
print(json.dumps([is_same_program(one["name"], one["args"], one["comm"], one["executable"]) for one in json.load(sys.stdin)]))`;
    const printed = execFileSync(python, ['-I', '-c', program], { input: JSON.stringify(samples), encoding: 'utf8' });
    expect(JSON.parse(printed)).toEqual(samples.map(({ name, ...info }) => isSameProgram(name, info)));
  });
});
