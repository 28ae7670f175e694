import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { PanelError } from '#contract';
import { findPlace } from '../core/place/index.ts';
import { isWaiting, type Top, type TopAnswer, watchTop } from '../core/watching/index.ts';
import { tableOf } from './top-table.ts';

/**
 * `npm run headroom -- top [--once] [--json]`: the GPUs and their processes, every second until Ctrl+C, or once. Exit
 * code 0: success; 1: no telemetry, with the failure's name and remedy on stderr; 2: unknown argument.
 */

const EVERY_MS = 1_000;
/** Where the terminal reports no width, or 0. */
const WIDTH = 120;
const CLEAR = '\x1b[H\x1b[2J';
const USAGE = 'Usage: npm run headroom -- top [--once] [--json]';

export async function top(args: readonly string[]): Promise<number> {
  const unknown = args.find((word) => word !== '--once' && word !== '--json');
  if (unknown) {
    console.error(`headroom: unknown argument ${unknown}. ${USAGE}`);
    return 2;
  }
  const [once, json] = [args.includes('--once'), args.includes('--json')];
  const smi = findSmi();
  if (smi.source === 'emulator' && process.env.HEADROOM_NVIDIA_SMI !== 'emulator')
    console.error('headroom: nvidia-smi was not found: these GPUs are emulated.');
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  // The reader has closed the pipe, as `head` does.
  process.stdout.on('error', stop);

  // Stopped before the first snapshot: there was no telemetry.
  let code = 1;
  let waiting = false;
  const show = ({ answer, failure }: Top) => {
    code = failure ? 1 : 0;
    // Printed once: the first answer may still come.
    if (isWaiting(failure) && waiting) return;
    waiting = isWaiting(failure);
    if (answer) console.log(json ? JSON.stringify(answer, null, once ? 2 : 0) : page(answer, once));
    if (failure) console.error(`headroom: ${failure.name}: ${failure.message}\n${failure.remedy}`);
    if (once && !waiting) stop();
  };
  await watchTop({ smi, everyMs: EVERY_MS, onTop: show }, stopping.signal);
  return code;
}

const page = (answer: TopAnswer, once: boolean) =>
  (once || !process.stdout.isTTY ? '' : CLEAR) + tableOf(answer, process.stdout.columns || WIDTH);

/** The nvidia-smi that the panel uses. */
function findSmi() {
  const { env, platform } = process;
  // out/main/top.js: python/ is next to out/.
  const resources = env.HEADROOM_RESOURCES ?? resolve(__dirname, '..', '..');
  return findPlace({ env, platform, home: homedir(), resources }).smi;
}

/** For scripts/headroom.mjs and the installed app: resolves with the exit code, never rejects. */
export const runTop = (args: readonly string[]): Promise<number> =>
  top(args).catch((error: unknown) => {
    console.error(`headroom: ${PanelError.from(error).message}`);
    return 1;
  });
