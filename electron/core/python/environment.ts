import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, statfsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type CreationStage, PanelError, verbatim } from '#contract';
import { pipEnv } from '../../../scripts/lib/python-env.mjs';
import { startGuardian } from '../backend/index.ts';
import { type Environment, pythonEnvironment, pythonIn } from '../base/index.ts';
import { say } from './sentences.ts';

/** What is installed: pip's words for torch, then a file of requirements, then modules that must import. */
export interface Recipe {
  torch: readonly string[];
  requirements: string;
  imports: readonly string[];
  /** The least that it takes, in bytes. */
  disk: number;
}

interface Making {
  /** Where it is made; a folder without the stamp is not one. */
  folder: string;
  /** The Python that it is made from. */
  base: string;
  /** guardian.py, which kills what is left where the panel is killed. */
  guardian: string;
  env: Environment;
  recipe: Recipe;
  onStage(stage: CreationStage): void;
  onLine(line: string): void;
}

const STAMP = '.headroom-complete';

/** Whether the environment was made to its end. */
export const isComplete = (folder: string) => existsSync(join(folder, STAMP));

/** Makes the environment; where that fails or is cancelled, nothing of it is left. Throws PanelError. */
export async function makeEnvironment(making: Making, signal: AbortSignal): Promise<void> {
  const { folder, base, env, recipe, onStage } = making;
  await removeEnvironment(folder);
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true });
  requireSpace(parent, recipe.disk);
  const marker = randomBytes(16).toString('hex');
  const guardian = await startGuardian({
    python: base,
    script: making.guardian,
    marker,
    env: pythonEnvironment(env),
  });
  const temporary = `${folder}.tmp`;
  const python = pythonIn(folder);
  // /tmp may be small, in RAM, or mounted noexec.
  const own = { HEADROOM_MARKER: marker, TMPDIR: temporary, TEMP: temporary, TMP: temporary };
  const run = (command: string, args: readonly string[]) =>
    runStep(command, args, { env: { ...pipEnv(env), ...own }, cwd: parent, signal, onLine: making.onLine });
  const pip = (...words: string[]) => run(python, ['-m', 'pip', ...words]);
  try {
    await mkdir(temporary, { recursive: true });
    onStage('environment');
    await run(base, ['-m', 'venv', folder]);
    const install = ['install', '--disable-pip-version-check', '--no-input', '--progress-bar', await progressBar(pip)];
    onStage('torch');
    await pip(...install, ...recipe.torch, '-c', recipe.requirements);
    onStage('packages');
    await pip(...install, '-r', recipe.requirements);
    onStage('check');
    await run(python, ['-c', `import ${recipe.imports.join(', ')}`]);
    await writeFile(join(folder, STAMP), `${new Date().toISOString()}\n`);
  } finally {
    await guardian.release();
    await rm(temporary, { recursive: true, force: true, maxRetries: 3 });
    if (!isComplete(folder)) await removeEnvironment(folder);
  }
}

/** The stamp goes first: what is left of a removal that is interrupted is no environment. */
export async function removeEnvironment(folder: string): Promise<void> {
  await rm(join(folder, STAMP), { force: true });
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  await rm(`${folder}.tmp`, { recursive: true, force: true, maxRetries: 3 });
}

/** pip prints the bytes of a download from 24.1 on. */
async function progressBar(pip: (...words: string[]) => Promise<string>): Promise<string> {
  const [, major = '0', minor = '0'] = /^pip (\d+)\.(\d+)/m.exec(await pip('--version')) ?? [];
  return Number(major) > 24 || (Number(major) === 24 && Number(minor) >= 1) ? 'raw' : 'off';
}

function requireSpace(folder: string, disk: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const gb = (bytes: number) => (bytes / 1e9).toFixed(1);
  if (bavail * bsize >= disk) return;
  throw new PanelError('refused', say('diskFull', { needed: gb(disk), free: gb(bavail * bsize), folder }));
}

const MOST_OUTPUT = 20_000;

/** Runs one program to its end; returns the end of its output. Throws PanelError where it fails or is cancelled. */
async function runStep(
  command: string,
  args: readonly string[],
  how: { env: Record<string, string>; cwd: string; signal: AbortSignal; onLine(line: string): void },
): Promise<string> {
  how.signal.throwIfAborted();
  const child = spawn(command, args, {
    cwd: how.cwd,
    env: how.env,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      output = `${output}${line}\n`.slice(-MOST_OUTPUT);
      how.onLine(line);
    });
  const stop = () => killGroup(child.pid);
  how.signal.addEventListener('abort', stop);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => how.signal.removeEventListener('abort', stop));
  how.signal.throwIfAborted();
  if (code === 0) return output;
  const line = reasonIn(output);
  throw new PanelError(
    'refused',
    line ? say('stepFailed', { line: verbatim(line) }) : say('stepExited', { command, code: code ?? '?' }),
  );
}

/** Its children are in the same group, except those that leave it: the guardian kills them. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has exited.
  }
}

/** pip's own words, the first of them first; else the last line. */
function reasonIn(output: string): string | undefined {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => line.startsWith('ERROR: ')) ?? lines.at(-1))?.replace(/^ERROR: /, '').slice(0, 500);
}
