import { spawn, spawnSync } from 'node:child_process';
import { setPriority } from 'node:os';
import { Problem } from './say.mjs';

const TAIL = 8_000;

/**
 * Runs a command and shows its output; resolves with its exit code and the last `tail` characters of its output. `nice`: its
 * scheduling priority, where a higher number yields the processor more readily.
 */
export function run(command, args, options = {}) {
  const { quiet = false, tail = TAIL, nice = 0, ...rest } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...rest });
    if (nice && child.pid) setPriority(child.pid, nice);
    let output = '';
    const take = (target) => (chunk) => {
      output = (output + chunk).slice(-tail);
      if (!quiet) target.write(chunk);
    };
    child.stdout.on('data', take(process.stdout));
    child.stderr.on('data', take(process.stderr));
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code, signal) => resolve({ code: code ?? 1, output: signal ? `${output}\n${signal}` : output }));
  });
}

/** The trimmed stdout of a short command; null where it fails. */
export function ask(command, args, options = {}) {
  const answer = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000, ...options });
  return answer.status === 0 ? answer.stdout.trim() : null;
}

/** Runs npm without a shell: `npm run` provides its path. */
export function npm(args, options) {
  const script = process.env.npm_execpath;
  if (script?.endsWith('js')) return run(process.execPath, [script, ...args], options);
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
    ...options,
    shell: process.platform === 'win32',
  });
}

const causes = [
  [/ENOSPC|No space left on device/i, 'the disk is full: free some space (about 3 GB are needed) and try again'],
  [
    /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRE|ENETUNREACH|Could not fetch URL|NewConnectionError|Read timed out|Max retries|NameResolution/i,
    'the connection was lost: check the network or the proxy and try again; what was downloaded is kept',
  ],
  [/EACCES|Permission denied/i, 'a folder is not writable: fix its owner or permissions and try again'],
];

/** One sentence for a step that failed: its cause where it is known, else the last line of its output. */
export function failed(what, output) {
  const known = causes.find(([pattern]) => pattern.test(output));
  const last = output.trim().split('\n').at(-1) ?? 'it printed nothing';
  return new Problem(`${what} failed: ${known ? known[1] : last}.`);
}
