import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { PanelError } from '#contract';
import { backendPython, dataFolder } from '../core/base/index.ts';
import { emulatorCommand, locateSmi, type SmiSource } from '../core/gpu/index.ts';
import { type Top, type TopAnswer, watchTop } from '../core/watching/index.ts';
import { tableOf } from './top-table.ts';

/**
 * `npm run headroom -- top [--once] [--json]`: the GPUs and who is on them, again and again until Ctrl+C, or once. Exit
 * code 0: figures; 1: none, with the failure's name and remedy on stderr; 2: it was asked for what it does not do.
 */

const EVERY_MS = 1_000;
/** Where the terminal does not tell, or says 0 as some do. */
const WIDTH = 120;
const CLEAR = '\x1b[H\x1b[2J';
const USE = 'npm run headroom -- top [--once] [--json]';

export async function top(words: readonly string[]): Promise<number> {
  const odd = words.find((word) => word !== '--once' && word !== '--json');
  if (odd) {
    console.error(`headroom: ${odd} is not known: ${USE}.`);
    return 2;
  }
  const [once, json] = [words.includes('--once'), words.includes('--json')];
  const smi = asked();
  if (smi.source === 'emulator' && process.env.HEADROOM_NVIDIA_SMI !== 'emulator')
    console.error('headroom: no nvidia-smi was found: these figures are emulated.');
  const over = new AbortController();
  const end = () => over.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  // Whoever reads has seen enough, as `head` has.
  process.stdout.on('error', end);

  // Ended before there was a look: there were no figures.
  let code = 1;
  const show = ({ answer, failure }: Top) => {
    code = failure ? 1 : 0;
    if (answer) console.log(json ? JSON.stringify(answer, null, once ? 2 : 0) : page(answer, once));
    if (failure) console.error(`headroom: ${failure.name}: ${failure.said}\n${failure.remedy}`);
    if (once) end();
  };
  await watchTop({ smi, everyMs: EVERY_MS, onTop: show }, over.signal);
  return code;
}

const page = (answer: TopAnswer, once: boolean) =>
  (once || !process.stdout.isTTY ? '' : CLEAR) + tableOf(answer, process.stdout.columns || WIDTH);

/** The same nvidia-smi as the panel's. */
function asked(): SmiSource {
  const { env, platform } = process;
  // out/main/top.js: python/ lies beside out/.
  const resources = env.HEADROOM_RESOURCES ?? resolve(__dirname, '..', '..');
  const python = backendPython(env, platform, join(resources, 'python'));
  const script = join(resources, 'python', 'nvidia_smi_emulator.py');
  const emulator = emulatorCommand({ python, script, home: dataFolder(env, platform, homedir()), env });
  return locateSmi({ env, platform, emulator });
}

/** For scripts/headroom.mjs and the installed app: tells the exit code, never throws. */
export const runTop = (words: readonly string[]): Promise<number> =>
  top(words).catch((error: unknown) => {
    console.error(`headroom: ${PanelError.from(error).message}`);
    return 1;
  });
