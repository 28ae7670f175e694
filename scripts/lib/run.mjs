import { spawn, spawnSync } from 'node:child_process';
import { Problem } from './say.mjs';

const TAIL = 8_000;

/** Runs a command, showing its output as it comes; resolves with its exit code and the end of what it printed. */
export function run(command, args, options = {}) {
  const { quiet = false, ...rest } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...rest });
    let output = '';
    const take = (target) => (chunk) => {
      output = (output + chunk).slice(-TAIL);
      if (!quiet) target.write(chunk);
    };
    child.stdout.on('data', take(process.stdout));
    child.stderr.on('data', take(process.stderr));
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code, signal) => resolve({ code: code ?? 1, output: signal ? `${output}\n${signal}` : output }));
  });
}

/** A quick question to a program: its trimmed stdout, or null where it cannot be asked or says no. */
export function ask(command, args, options = {}) {
  const answer = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000, ...options });
  return answer.status === 0 ? answer.stdout.trim() : null;
}

/** npm itself, without a shell: `npm run` tells where it lies. */
export function npm(args, options) {
  const script = process.env.npm_execpath;
  if (script?.endsWith('js')) return run(process.execPath, [script, ...args], options);
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
    ...options,
    shell: process.platform === 'win32',
  });
}

const causes = [
  [/ENOSPC|No space left on device/i, 'the disk is full: free some space (about 3 GB are needed) and run it again'],
  [
    /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRE|ENETUNREACH|Could not fetch URL|NewConnectionError|Read timed out|Max retries|NameResolution/i,
    'the connection was lost: check the network or the proxy and run it again; what is there already is kept',
  ],
  [/EACCES|Permission denied/i, 'a folder may not be written to: mend its owner or permissions and run it again'],
];

/** The one sentence for a step that failed: the cause where it is known, else the step's last line. */
export function failed(what, output) {
  const known = causes.find(([pattern]) => pattern.test(output));
  const last = output.trim().split('\n').at(-1) ?? 'it said nothing';
  return new Problem(`${what} failed: ${known ? known[1] : last}.`);
}
