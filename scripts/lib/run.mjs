import { spawn, spawnSync } from 'node:child_process';
import { setPriority } from 'node:os';
import { causeOf } from './causes.mjs';
import { interrupted, interruptible } from './interrupt.mjs';
import { alsoHeldBy } from './lock.mjs';
import { log, logFile } from './log.mjs';
import { Problem } from './say.mjs';

const TAIL = 8_000;

/**
 * Runs a command and shows its output; resolves with its exit code and the last `tail`
 * characters of its output. `quiet`: it shows nothing. `nice`: its scheduling priority, where a higher number yields the
 * processor more readily. Rejects with Interrupted, once the command has ended, on Ctrl+C.
 */
export function run(command, args, options = {}) {
  const { quiet = false, tail = TAIL, nice = 0, umask, record, group = false, ...rest } = options;
  return interruptible(
    (started) =>
      new Promise((resolve) => {
        const before = umask === undefined ? undefined : process.umask(umask);
        const child = spawn(command, args, {
          stdio: ['ignore', 'pipe', 'pipe'],
          detached: group && process.platform !== 'win32',
          ...rest,
        });
        if (before !== undefined) process.umask(before);
        started(child, group);
        alsoHeldBy(child.pid);
        if (nice && child.pid) setPriority(child.pid, nice);
        let output = '';
        const take = (target) => (chunk) => {
          output = (output + chunk).slice(-tail);
          record?.(chunk);
          if (!quiet) target.write(chunk);
        };
        // A character may be split between two chunks.
        for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8');
        child.stdout.on('data', take(process.stdout));
        child.stderr.on('data', take(process.stderr));
        child.on('error', (error) => resolve({ code: 127, output: error.message }));
        // A grandchild may keep the pipes open: a stopped command does not wait for it.
        child.on('exit', (code) => {
          if (!interrupted()) return;
          for (const stream of [child.stdout, child.stderr]) stream.destroy();
          resolve({ code: code ?? 1, output });
        });
        child.on('close', (code, signal) =>
          resolve({ code: code ?? 1, output: signal ? `${output}\n${signal}` : output }),
        );
      }),
  );
}

/** Runs a step of setup in a process group of its own: its output goes to the log, which is named when the step fails. */
export const logged = (command, args, options) =>
  run(command, args, { ...options, quiet: true, record: log, group: true });

/** The trimmed stdout of a short command; null where it fails. */
export function ask(command, args, options = {}) {
  const answer = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000, ...options });
  return answer.status === 0 ? answer.stdout.trim() : null;
}

/** Runs npm as a step of setup, without a shell: `npm run` provides its path. */
export function npm(args, options) {
  const script = process.env.npm_execpath;
  if (script?.endsWith('js')) return logged(process.execPath, [script, ...args], options);
  return logged(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
    ...options,
    shell: process.platform === 'win32',
  });
}

/** One sentence for a step that failed: its cause where it is known, else the last line of its output. */
export function failed(what, output) {
  const last = output.trim().split('\n').at(-1).trim() || 'it printed nothing';
  const file = logFile();
  return new Problem(
    `${what} failed: ${causeOf(output) ?? last.replace(/\.$/, '')}.${file ? ` The output is in ${file}.` : ''}`,
  );
}
